"""What a static picture is drawn on: elements of SVG, and axes that turn values into pixels as plotly does."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

__all__: list[str] = []

_STEPS = (2, 5, 10)
_AXIS = (
    *("anchor", "domain", "dtick", "fixedrange", "gridcolor", "gridwidth", "nticks", "range", "showgrid", "showline"),
    *("showticklabels", "showticksuffix", "side", "tickangle", "tickfont", "tickformat", "ticks", "ticksuffix"),
    *("ticktext", "tickvals", "type", "visible", "zeroline"),
)

#: Options of an axis that have one value in every figure, so that nothing is drawn for them.
_FIXED = {"showline": False, "zeroline": False, "ticks": "", "gridwidth": 1, "showticksuffix": "last"}


def check_known(found: Collection[str], known: Collection[str], what: str) -> None:
    """Refuse what a picture would leave out without a word."""
    unknown = sorted({*found} - {*known})
    if unknown:
        raise ValueError(f"a picture cannot draw {', '.join(unknown)} of {what}")


def check_fixed(found: Mapping[str, Any], fixed: Mapping[str, Any], what: str) -> None:
    for name, value in fixed.items():
        if found.get(name, value) != value:
            raise ValueError(f"a picture cannot draw {name} = {found[name]!r} of {what}")


def tag(name: str, /, *content: str, **attributes: Any) -> str:
    """Return an element of SVG; `content` is markup already, attributes are escaped, None leaves one out."""
    written = "".join(
        f' {key.replace("_", "-")}="{escape(pixels(value) if isinstance(value, float) else str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def pixels(value: float) -> str:
    """Write a number of pixels, to a hundredth."""
    return f"{value + 0.0:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Axis:
    """An axis: the pixels of both ends of its range, and its options.

    Parameters
    ----------
    name : str
        As a trace names it: ``"x"``, ``"y2"``.
    start, end : float
        Pixels, from the left or from the top.
    low, high : float
        The values there; their logarithms to the base 10 where `log` is set.
    log : bool
        Whether the axis is logarithmic.
    options : mapping
        Of the layout.
    """

    name: str
    start: float
    end: float
    low: float
    high: float
    log: bool
    options: Mapping[str, Any]

    def place(self, value: float) -> float | None:
        """Return the pixel of a value; None where the axis has no place for it."""
        if self.log:
            if value <= 0:
                return None
            value = log10(value)
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Say whether a value lies within the range."""
        place = self.place(value)
        low, high = sorted((self.start, self.end))
        return place is not None and low - 1e-6 <= place <= high + 1e-6

    @property
    def visible(self) -> bool:
        """Whether anything of it is drawn: grid or labels."""
        shown = self.options.get("showgrid", True) or self.options.get("showticklabels", True)
        return bool(shown and self.options.get("visible", True))


@dataclass(frozen=True)
class Box:
    """The plot area, in pixels."""

    left: float
    top: float
    width: float
    height: float


def read_axes(layout: Mapping[str, Any], box: Box) -> dict[str, Axis]:
    """Return the axes of a layout by their names."""
    found = {}
    for key, options in layout.items():
        if not key.startswith(("xaxis", "yaxis")):
            continue
        check_known(options, _AXIS, key)
        check_fixed(options, _FIXED, key)
        name = key[0] + key[5:]
        first, last = options.get("domain", (0.0, 1.0))
        if key.startswith("x"):
            ends = (box.left + first * box.width, box.left + last * box.width)
        else:
            ends = (box.top + (1 - first) * box.height, box.top + (1 - last) * box.height)
        if "range" not in options and options.get("visible", True):
            raise ValueError(f"a picture cannot choose the range of {key}")
        low, high = options.get("range", (0.0, 1.0))
        check_fixed({"type": options.get("type", "linear") in ("linear", "log")}, {"type": True}, key)
        found[name] = Axis(name, *ends, low, high, options.get("type") == "log", options)
    return found


def list_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Return the ticks of an axis: value and plotly markup of its label, empty where labels are off."""
    options = axis.options
    values = list(options["tickvals"]) if "tickvals" in options else list(_step_ticks(axis))
    values = [value for value in values if axis.holds(value)]
    if options.get("showticklabels") is False:
        return [(value, "") for value in values]
    if "ticktext" in options:
        texts = dict(zip(options["tickvals"], options["ticktext"], strict=True))
        return [(value, texts[value]) for value in values]
    suffix = options.get("ticksuffix", "")
    last = len(values) - 1
    return [
        (value, _write_tick(value, options.get("tickformat", "")) + (suffix if place == last else ""))
        for place, value in enumerate(values)
    ]


def _step_ticks(axis: Axis) -> Iterator[float]:
    """Yield the ticks that plotly chooses: at most `nticks` steps of 1, 2 or 5 times a power of ten."""
    low, high = sorted((axis.low, axis.high))
    if axis.log:
        check_fixed(axis.options, {"dtick": 1}, axis.name)
        yield from (10.0**power for power in range(ceil(low - 1e-9), floor(high + 1e-9) + 1))
        return
    step = axis.options.get("dtick")
    if step is None:
        rough = (high - low) / axis.options["nticks"]
        base = 10.0 ** floor(log10(rough))
        step = base * next((factor for factor in _STEPS if factor > rough / base), _STEPS[-1])
    for count in range(ceil(low / step - 1e-6), floor(high / step + 1e-6) + 1):
        yield count * step


def _write_tick(value: float, style: str) -> str:
    if style == ".0%":
        text = f"{abs(100 * value):.0f}%"
    elif style == "d":
        text = f"{abs(value):.0f}"
    elif style in ("", ".2~g"):
        text = f"{abs(value):.10f}".rstrip("0").rstrip(".")
    else:
        raise ValueError(f'a picture cannot write ticks as "{style}"')
    return f"−{text}" if value < 0 and text.strip("0.%") else text
