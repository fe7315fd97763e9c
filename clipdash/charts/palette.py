"""Colours of every chart, in a light and a dark version, and the key of the four outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["OUTCOME_KEY", "Fill", "Palette", "Theme", "draw_swatch", "fade_colour", "read_palette"]

Theme = Literal["light", "dark"]

#: Name of each outcome and what it means, in the order of drawing: what counts as misclassified stands first.
OUTCOME_KEY: tuple[tuple[str, str], ...] = (
    ("flagged", "its label is in a flagged category"),
    ("contradicted", "a claim differs from the annotation"),
    ("unclaimed", "its label claims nothing"),
    ("supported", "all claims agree"),
)


@dataclass(frozen=True)
class Fill:
    """How the bars of one outcome are filled.

    Parameters
    ----------
    colour, line, ink : str
        The ground, its outline, and text on it.
    pattern : str
        ``"/"``, ``"."`` or nothing: the second sign beside colour, for print and for readers who see no hue.
    stroke : str
        Colour of the pattern.
    opacity : float
        Of the pattern, 0 to 1.
    """

    colour: str
    line: str
    ink: str
    pattern: str = ""
    stroke: str = ""
    opacity: float = 1.0


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; `outcomes` has one fill an outcome, in the order of `OUTCOME_KEY`."""

    name: Theme
    paper: str
    panel: str
    ink: str
    mute: str
    accent: str
    quiet: str
    grid: str
    border: str
    outcomes: Mapping[str, Fill]


_LIGHT = Palette(
    name="light",
    paper="#FFFFFF",
    panel="#F4F6F8",
    ink="#16222D",
    mute="#53616E",
    accent="#1D4E7A",
    quiet="#75828E",
    grid="#E6EBEF",
    border="#D3DAE0",
    outcomes={
        "flagged": Fill("#43235A", "#43235A", "#FFFFFF"),
        "contradicted": Fill("#B0601A", "#B0601A", "#FFFFFF", "/", "#FFFFFF", 0.38),
        "unclaimed": Fill("#FFFFFF", "#75828E", "#16222D", ".", "#75828E"),
        "supported": Fill("#BAD3E4", "#4A86AF", "#16222D"),
    },
)
_DARK = Palette(
    name="dark",
    paper="#11181F",
    panel="#1A232C",
    ink="#E8ECF0",
    mute="#9FADBA",
    accent="#8CBBE0",
    quiet="#8493A1",
    grid="#26313B",
    border="#33404C",
    outcomes={
        "flagged": Fill("#CBAEDF", "#CBAEDF", "#1A0F22"),
        "contradicted": Fill("#D9944A", "#D9944A", "#1F1305", "/", "#11181F", 0.38),
        "unclaimed": Fill("#11181F", "#8493A1", "#E8ECF0", ".", "#8493A1"),
        "supported": Fill("#27475F", "#6A9DC2", "#E8ECF0"),
    },
)
_PALETTES = {"light": _LIGHT, "dark": _DARK}


def read_palette(theme: str = "light") -> Palette:
    """Return the colours of a theme.

    Parameters
    ----------
    theme : str
        ``"light"`` or ``"dark"``.

    Returns
    -------
    Palette

    Raises
    ------
    ValueError
        If there is no such theme.
    """
    if theme not in _PALETTES:
        raise ValueError(f'there is no theme "{theme}"; expected "light" or "dark"')
    return _PALETTES[theme]


def fade_colour(colour: str, opacity: float) -> str:
    """Return ``"rgba(...)"`` of a ``"#RRGGBB"`` colour, at an opacity from 0 to 1."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def draw_swatch(outcome: str, theme: str = "light") -> str:
    """Return the CSS declarations of an outcome's swatch in an HTML key, patterned like its bars.

    Parameters
    ----------
    outcome : str
        One of the names of `OUTCOME_KEY`.
    theme : str
        ``"light"`` or ``"dark"``.

    Returns
    -------
    str
        Declarations of background and border, for a ``style`` attribute.
    """
    fill = read_palette(theme).outcomes[outcome]
    printed = "-webkit-print-color-adjust:exact;print-color-adjust:exact"
    return f"background:{_draw_pattern(fill)}{fill.colour};border:1px solid {fill.line};{printed}"


def _draw_pattern(fill: Fill) -> str:
    if fill.pattern == "/":
        stroke = fade_colour(fill.stroke, fill.opacity)
        return f"repeating-linear-gradient(135deg,{stroke} 0 1.5px,transparent 1.5px 5px),"
    if fill.pattern == ".":
        return f"radial-gradient({fill.stroke} 1px,transparent 1.2px) 0 0/5px 5px,"
    return ""
