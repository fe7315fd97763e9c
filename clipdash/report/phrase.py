"""Sentences whose typed words and figures are marked, so that each place writes them safely in its own markup."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from clipdash.charts import clean_text, straighten_text

__all__ = ["Emphasis", "Phrase", "escape_markdown", "join_phrases", "list_phrases", "mark_figure", "mark_typed"]

#: What a piece is: plain words, words that someone typed, or a figure that carries the sentence.
Emphasis = Literal["", "typed", "figure"]

_MARKS = re.compile(r"([\\`*_\[\]<>|~$:&#])")
# These make a list or a heading, but only at the start of a line.
_LEADING = re.compile(r"^(\d*)([-+.)])(?=\s|$)")
# Streamlit turns these into icons, arrows and links after Markdown was read, so a backslash does not stop it.
_LATE_MARKUP = re.compile(r":(?=\S)|@(?=\S)|-(?=[->])|<(?=[-=])|(?<=<)-|[>~](?==)|(?i:www)(?=\.)")
_JOINER = "\u2060"


@dataclass(frozen=True)
class Phrase:
    """A sentence or a part of one.

    Parameters
    ----------
    pieces : tuple of (str, Emphasis)
        Texts, exact as typed, and what each is.
    """

    pieces: tuple[tuple[str, Emphasis], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __str__(self) -> str:
        return self.plain

    def __html__(self) -> str:
        """Let jinja2 place the phrase as the HTML that it is."""
        return self.html

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(straighten_text(text) if emphasis == "" else clean_text(text) for text, emphasis in self.pieces)

    @property
    def markdown(self) -> str:
        """Markdown for Streamlit: typed words in italics, figures bold, everything else reads as it stands."""
        marks = {"": "", "typed": "*", "figure": "**"}
        return "".join(f"{marks[e]}{escape_markdown(text, trim=e != '')}{marks[e]}" for text, e in self.pieces)

    @property
    def html(self) -> str:
        """HTML: typed words in ``em`` with a direction of their own, figures in ``strong``, the rest escaped."""
        return "".join(_TAGS[emphasis].format(escape(straighten_text(text))) for text, emphasis in self.pieces)


_TAGS: dict[Emphasis, str] = {"": "{}", "typed": '<em dir="auto">{}</em>', "figure": "<strong>{}</strong>"}


def escape_markdown(text: str, *, trim: bool = True) -> str:
    """Return Streamlit Markdown that reads as `text`, on one line.

    Parameters
    ----------
    text : str
        Anything; no tag, link, formula, badge, icon, emoji or arrow comes of it.
    trim : bool
        Take the blanks at both ends away.

    Returns
    -------
    str
        Marks with a meaning get a backslash; where that does not hold, an invisible word joiner follows the mark.
    """
    start, end = ("", "") if trim else (" " * text.startswith(" "), " " * text.endswith(" "))
    cleaned = _LATE_MARKUP.sub(lambda found: found[0] + _JOINER, clean_text(text))
    escaped = _LEADING.sub(r"\1\\\2", _MARKS.sub(r"\\\1", cleaned))
    return f"{start}{escaped}{end}" if cleaned else start


def mark_typed(text: str) -> Phrase:
    """Return words that someone typed: labels, categories, names of sets."""
    return Phrase(((text, "typed"),))


def mark_figure(text: str) -> Phrase:
    """Return a figure that carries its sentence."""
    return Phrase(((text, "figure"),))


def join_phrases(*parts: str | Phrase) -> Phrase:
    """Put plain words and phrases together."""
    pieces: list[tuple[str, Emphasis]] = []
    for part in parts:
        pieces += part.pieces if isinstance(part, Phrase) else [(part, "")] if part else []
    return Phrase(tuple(pieces))


def list_phrases(parts: Sequence[str | Phrase], last: str = "and") -> Phrase:
    """Put parts together as "a, b and c"."""
    joined: list[str | Phrase] = []
    for place, part in enumerate(parts):
        left = len(parts) - place - 1
        joined += [part, f" {last} " if left == 1 else ", " if left else ""]
    return join_phrases(*joined)
