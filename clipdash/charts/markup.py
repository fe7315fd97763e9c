"""Text in plotly figures: escaped, since plotly reads tags and entities, and fitted, since it never wraps."""

import unicodedata
from itertools import accumulate

__all__ = ["clean_text", "escape_markup", "fit_text", "measure_text", "straighten_text"]

# `$...$` would be set as a formula on a page that has MathJax.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
# Controls of direction: left in, one label could turn round the text that follows it.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def straighten_text(text: str) -> str:
    """Return text without the characters that turn the direction of what follows them."""
    return text.translate(_BIDI)


def clean_text(text: str) -> str:
    """Return text on one line, without control characters and without characters that turn its direction."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in straighten_text(text)).split())


def escape_markup(text: str) -> str:
    """Return text that plotly draws as it was typed: on one line, with no tag, entity or formula in it."""
    return clean_text(text).translate(_ENTITIES)


def measure_text(text: str, size: float) -> float:
    """Estimate the width of a text in pixels, at a font size in pixels; on the wide side."""
    return size * sum(_measure_letter(letter) for letter in text)


def _measure_letter(letter: str) -> float:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "mwMW@%":
        return 0.82
    return 0.6 if letter.isupper() else 0.5


def fit_text(text: str, size: float, pixels: float) -> str:
    """Cut a text that is wider than `pixels` and end it with an ellipsis; not escaped yet."""
    text = clean_text(text)
    if measure_text(text, size) <= pixels:
        return text
    widths = accumulate(size * _measure_letter(letter) for letter in text)
    kept = next(place for place, width in enumerate(widths) if width + size > pixels)
    return text[:kept].rstrip() + "…"
