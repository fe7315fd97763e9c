"""One image closely, in words and as tables: its score with every label, and what each list made of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipdash.charts import list_labels
from clipdash.report.cells import say_outcome
from clipdash.report.phrase import Phrase, join_phrases, mark_figure, mark_typed
from clipdash.report.sheet import Sheet

if TYPE_CHECKING:
    from clipdash.zeroshot import ImageScores

__all__ = ["say_given", "say_scores", "score_rows", "scores_sheet"]

_WHEN = ("before", "after")


def say_given(side: "ImageScores", outcome: str, judged: bool, when: str = "") -> Phrase:
    """Say which label one list gives an image, by how much, and what that makes of it.

    Parameters
    ----------
    side : ImageScores
        The image under the list.
    outcome : str
        Its outcome, of `OUTCOMES`.
    judged : bool
        Whether all that the list claims is annotated.
    when : {"", "before", "after"}
        Which of two lists it is.
    """
    head = f"{when.capitalize()}: " if when else ""
    said = say_outcome(outcome)
    unjudged = "" if judged else " An annotation that the list claims is missing, so it may stand outside every rate."
    margin = "less than 0.001" if side.margin < 0.001 else f"{side.margin:.3f}"
    near = join_phrases(", ", mark_figure(margin), " ahead of the next")
    return join_phrases(head, mark_typed(side.label), near, f"; {said}.{unjudged}")


def say_scores(sides: "Sequence[ImageScores]") -> str:
    """Say what the scores are, and what they are not."""
    if all(side.probabilities is None for side in sides):
        return "The highest score gives the label. Scores are no probabilities."
    return (
        "Scores are cosines of embeddings; the highest gives the label. A cosine does not depend on the other labels. "
        "Its softmax does: it shares 100% among the labels of one list, so a label that joins takes from all others."
    )


def score_rows(sides: "Sequence[ImageScores]") -> list[dict[str, str]]:
    """Return a table of one image's scores, one row a label.

    Returns
    -------
    list of dict of str to str
        Columns: Label, Score (of two lists: Score before and after), Softmax where a temperature is known, and Given,
        which says which list gives this label.
    """
    return [_write_row(text, sides) for text in list_labels(sides)]


def _write_row(text: str, sides: "Sequence[ImageScores]") -> dict[str, str]:
    cells = {"Label": text}
    names = [""] if len(sides) == 1 else [f" {when}" for when in _WHEN]
    places = [side.label_set.texts.index(text) if text in side.label_set.texts else None for side in sides]
    for name, side, place in zip(names, sides, places, strict=True):
        cells[f"Score{name}"] = "" if place is None else f"{side.scores[place]:.3f}"
    for name, side, place in zip(names, sides, places, strict=True):
        if side.probabilities is not None:
            cells[f"Softmax{name}"] = "" if place is None else f"{100 * side.probabilities[place]:.1f}%"
    given = [name.strip() or "yes" for name, side in zip(names, sides, strict=True) if side.label == text]
    return cells | {"Given": " and ".join(given)}


def scores_sheet(sides: "Sequence[ImageScores]") -> Sheet:
    """Return one image's scores, one row a label of a list.

    Columns: list ("before" or "after"; None of one list alone), label, score, softmax (None without a temperature) and
    given, which says whether the list gives the image this label.
    """
    rows = [
        (
            when,
            text,
            side.scores[place],
            None if side.probabilities is None else side.probabilities[place],
            place == side.top,
        )
        for side, when in zip(sides, (None,) if len(sides) == 1 else _WHEN, strict=True)
        for place, text in enumerate(side.label_set.texts)
    ]
    return Sheet(("list", "label", "score", "softmax", "given"), tuple(rows))
