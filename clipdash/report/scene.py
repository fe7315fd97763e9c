"""One slide of Stage in words: headline, key, source; and what stands there while the labels are hidden."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clipdash.audit import Audit, Shift
from clipdash.charts import (
    describe_published_chart,
    describe_rate_chart,
    describe_shift_chart,
    format_count,
    is_quiet,
    list_left_out,
)
from clipdash.report.deck import Comparison, Published
from clipdash.report.headline import ask_shift
from clipdash.report.phrase import Phrase, join_phrases
from clipdash.report.ruling import say_rule
from clipdash.report.words import describe

__all__ = ["Scene", "set_published", "set_scene"]

_TYPED = re.compile(r"\*([^*]+)\*")
_MOST_NAMED = 3
_PAIRED = "Two lists of labels, the same images"


@dataclass(frozen=True)
class Scene:
    """What stands on the stage.

    Parameters
    ----------
    shown : Shift, Audit or sequence of (str, float, float)
        What the chart draws.
    headline, measure : Phrase
        The finding, and what the figures are.
    question : Phrase
        What stands in place of the finding until after is shown; empty where the headline gives nothing away.
    names : tuple of Phrase
        What the key calls before and after; one for a single list.
    plain : tuple of str
        Headline and measure without any label.
    source : str
        Where the figures come from, what the lines are, and which groups are left out.
    alt : str
        The chart for readers who do not see it.
    """

    shown: "Shift | Audit | Sequence[tuple[str, float, float]]"
    headline: Phrase
    measure: Phrase
    question: Phrase
    names: tuple[Phrase, ...]
    plain: tuple[str, str]
    source: str
    alt: str


def set_published(slide: Published) -> Scene:
    """Put a slide of printed figures into words."""
    points = [(row.group, row.before, row.after) for row in slide.rows]
    return Scene(
        shown=points,
        headline=_read_marks(slide.title),
        measure=_read_marks(slide.measure or "Percent of images"),
        question=Phrase(),
        names=tuple(_read_marks(name) for name in slide.names),
        plain=("A published comparison of two lists of labels", "Percent of images"),
        source=f"{_end(slide.source)} Group sizes not published, so no intervals.{_say_left_out(points)}",
        alt=describe_published_chart(points),
    )


def set_scene(result: Shift | Audit, place: str, slide: Comparison | None = None) -> Scene:
    """Put a result into words for the stage.

    Parameters
    ----------
    result : Shift or Audit
        What is to be shown.
    place : str
        What its images are called: the title of their store.
    slide : Comparison, optional
        Whose title, measure and names stand in place of those of the finding.

    Returns
    -------
    Scene
    """
    slide = slide or Comparison(before="")
    paired = isinstance(result, Shift)
    by = " and ".join(name.replace("_", " ") for name in result.by)
    grouped = f", by annotated {by}" if by else ""
    measure = join_phrases("Percent of images that ", say_rule(result.rule), grouped)
    return Scene(
        shown=result,
        headline=_read_marks(slide.title) if slide.title else describe(result).headline,
        measure=_read_marks(slide.measure) if slide.measure else measure,
        question=ask_shift(result) if isinstance(result, Shift) and not slide.title else Phrase(),
        names=tuple(_read_marks(name) for name in slide.names) if paired else (),
        plain=(
            "Two lists of labels, the same images" if paired else "One list of labels",
            f"Percent of images{grouped}",
        ),
        source=_say_source(result, place),
        alt=describe_shift_chart(result) if isinstance(result, Shift) else describe_rate_chart(result),
    )


def _read_marks(text: str) -> Phrase:
    """Return a text whose words between asterisks are typed ones."""
    pieces = _TYPED.split(text)
    return Phrase(tuple((piece, "typed" if place % 2 else "") for place, piece in enumerate(pieces) if piece))


def _say_source(result: Shift | Audit, place: str) -> str:
    count = f"{format_count(result.n)} image{'' if result.n == 1 else 's'}"
    kept = "; ".join(f"{name.replace('_', ' ')} {', '.join(values)}" for name, values in result.where.items())
    parts = [f"{place}: {count}" if place else count, f" ({kept} only)" * bool(kept), ". Thin lines: 95% intervals."]
    if isinstance(result, Shift) and any(row.shift is not None and is_quiet(row.shift) for row in result.rows):
        parts.append(" Grey after: the interval of the shift includes 0.")
    return "".join(parts) + _say_left_out(result)


def _say_left_out(shown: "Shift | Audit | Sequence[tuple[str, float, float]]") -> str:
    left = list_left_out(shown)
    if not left:
        return ""
    named = ", ".join(left[:_MOST_NAMED])
    more = f" and {len(left) - _MOST_NAMED:,} more" if len(left) > _MOST_NAMED else ""
    return f" Not shown here: {named}{more}."


def _end(text: str) -> str:
    return f"{text.rstrip('.')}."
