"""Words on the page: escaped for Markdown and HTML, counted, listed."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from clipdash.report.phrase import escape_markdown

__all__ = ["count_words", "escape_html", "escape_markdown", "italicise", "link_notice", "list_words", "order_words"]

_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def escape_html(text: str) -> str:
    """Return HTML, for content or an attribute, that reads as `text`."""
    return escape(text, quote=True)


def italicise(text: str) -> str:
    """Return typed words as Markdown in italics."""
    return f"*{escape_markdown(text)}*"


def link_notice(said: str, store: str) -> str:
    """Return Markdown of a link to the notices of a store, whatever its name holds."""
    return f"[{said}](notice/{quote(store, safe='')})"


def list_words(words: Sequence[str], most: int = 6) -> str:
    """Join words that are already markup: "a", "a and b", "a, b and c", "a, b and 5 more"."""
    shown = [*words[:most], f"{len(words) - most} more"] if len(words) > most else list(words)
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def count_words(count: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: "1 image", "2,000 images"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def order_words(place: int) -> str:
    """Write a place in a sequence, counted from 1 to 10: "Fourth"."""
    return _ORDINALS[place - 1]
