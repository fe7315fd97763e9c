"""Words in a static picture: the little markup that the figures use, and texts beside a point."""

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from clipdash.charts.canvas import Axis, Box, check_fixed, check_known, tag
from clipdash.charts.markup import measure_text

__all__: list[str] = []

_NOTE = (
    *("bgcolor", "borderpad", "font", "height", "showarrow", "text"),
    *("x", "xanchor", "xref", "xshift", "y", "yanchor", "yref", "yshift"),
)
_STYLE = re.compile(r"color:(#[0-9A-Fa-f]{6}|rgba?\([\d.,]+\))(?:;font-size:(\d+)px)?")
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
#: Of a font's size: the middle of a line lies so far above its base, and its lower and upper ends below and above.
_MIDDLE, _UNDER, _OVER = 0.35, 0.24, 0.94
_PAD = 2  # pixels that plotly leaves around a text


class _Markup(HTMLParser):
    """Turns plotly's markup into spans of SVG."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.spans: list[str] = []
        self.plain: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open.append(name)
        if name == "b" and not attributes:
            self.spans.append('<tspan font-weight="bold">')
            return
        style = _STYLE.fullmatch(dict(attributes).get("style") or "")
        if name != "span" or style is None:
            raise ValueError(f"a picture cannot draw the markup <{name}>")
        size = f' font-size="{style[2]}"' if style[2] else ""
        self.spans.append(f'<tspan fill="{style[1]}"{size}>')

    def handle_endtag(self, name: str) -> None:
        if not self.open or self.open.pop() != name:
            raise ValueError(f"a picture found </{name}> where nothing was opened")
        self.spans.append("</tspan>")

    def handle_data(self, data: str) -> None:
        self.plain.append(data)
        self.spans.append(escape(data))


def read_markup(text: str) -> tuple[str, str]:
    """Return plotly markup as content of a ``text`` element, and the words alone."""
    parser = _Markup()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise ValueError(f"a picture found <{parser.open[-1]}> that is not closed")
    return "".join(parser.spans), "".join(parser.plain)


def draw_text(text: str, x: float, y: float, font: Mapping[str, Any], anchor: str, *, angle: float = 0) -> str:
    """Draw plotly markup; `y` is the base of the line, `anchor` start, middle or end."""
    (content, _), size = read_markup(text), font["size"]
    turned = f"rotate({angle:g} {x:.2f} {y - size / 2:.2f})" if angle else None
    look = {
        "font_size": size,
        "fill": font["color"],
        "text_anchor": anchor,
        "transform": turned,
        "xml:space": "preserve",
    }
    return tag("text", content, x=float(x), y=float(y), **look)


def draw_note(note: Mapping[str, Any], axes: Mapping[str, Axis], box: Box, font: Mapping[str, Any]) -> str:
    """Draw an annotation where plotly draws it: its box, two pixels wider than the text, hangs at the point."""
    check_known(note, _NOTE, "an annotation")
    check_fixed(note, {"showarrow": False, "borderpad": 1}, "an annotation")
    look = {**font, **note.get("font", {})}
    check_known(look, ("family", "size", "color"), "the font of an annotation")
    size = look["size"]
    x = _find(note, "x", axes, box) + note.get("xshift", 0)
    y = _find(note, "y", axes, box) - note.get("yshift", 0)
    across = {"left": _PAD, "center": 0, "right": -_PAD}[note["xanchor"]]
    down = {"middle": _MIDDLE * size, "bottom": -_PAD - _UNDER * size, "top": _PAD + _OVER * size}[note["yanchor"]]
    words = draw_text(note["text"], x + across, y + down, look, _ANCHORS[note["xanchor"]])
    return (_draw_plate(note, x, y, size) if "bgcolor" in note else "") + words


def _find(note: Mapping[str, Any], letter: str, axes: Mapping[str, Axis], box: Box) -> float:
    ref, value = note[f"{letter}ref"], float(note[letter])
    if ref == "paper":
        return box.left + value * box.width if letter == "x" else box.top + (1 - value) * box.height
    place = axes[ref].place(value)
    if place is None:
        raise ValueError(f"a picture has no place for {letter} = {value} of an annotation")
    return place


def _draw_plate(note: Mapping[str, Any], x: float, y: float, size: float) -> str:
    """Draw the ground behind a text; its width is an estimate, since nothing here knows the font."""
    check_fixed(note, {"yanchor": "middle"}, "an annotation with a ground")
    width = 1.08 * measure_text(read_markup(note["text"])[1], size) + 2 * _PAD
    height = note.get("height", 1.2 * size) + 2 * _PAD
    left = x - {"left": 0.0, "center": width / 2, "right": width}[note["xanchor"]]
    return tag("rect", x=left, y=y - height / 2, width=width, height=float(height), fill=note["bgcolor"])
