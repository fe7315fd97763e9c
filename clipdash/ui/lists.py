"""The lists of labels as typed: read into sets, with what is wrong said where it was typed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import streamlit as st

from clipdash.audit.outcome import check_claims
from clipdash.errors import LabelError
from clipdash.labels import DEFAULT_TEMPLATES, LabelSet, check_template, list_presets
from clipdash.report.question import Question
from clipdash.report.repeat import build_side
from clipdash.store import Store
from clipdash.ui.results import hint, predict
from clipdash.zeroshot import Predictions

__all__ = [
    "Reading",
    "build_set",
    "find_prompt_fault",
    "is_mixture",
    "is_uncounted",
    "keep_set",
    "keep_uncounted",
    "read_list",
    "read_side",
]

_READABLE, _OPENED = "last_readable", "opened_sets"
_PAIR, _UNCOUNTED = "last_pair", "pair_uncounted"
_MOST_OPENED = 32


@dataclass(frozen=True)
class Reading:
    """What became of a list as it is typed.

    Parameters
    ----------
    label_set : LabelSet, optional
        The list, or the last one that could be read; None where there is neither.
    predictions : Predictions, optional
        Under it, of the store's images; None where files take the place of a store.
    fault : str, optional
        Why the list cannot be read as it stands, in a sentence.
    empty : bool
        Whether nothing is typed.
    hints : tuple of str
        What may be wrong with a list that can be read, in sentences.
    of_prompt : bool
        Whether the fault is in the prompt, which both lists share.
    """

    label_set: LabelSet | None = None
    predictions: Predictions | None = None
    fault: str | None = None
    empty: bool = False
    hints: tuple[str, ...] = ()
    of_prompt: bool = False

    @property
    def stale(self) -> bool:
        """Whether the results are of an earlier list."""
        return self.fault is not None and self.label_set is not None


def build_set(question: Question, side: str) -> LabelSet:
    """Return the label set of a side ("before" or "after"), named after the preset or file that it equals, if any.

    Raises
    ------
    LabelError
        If a line cannot be read, with its number.
    """
    found = build_side(question, side)
    known = _known_sets().get(found.digest)
    if known is not None:
        return known
    opened: dict[str, LabelSet] = st.session_state.get(_OPENED, {})
    return opened.get(found.digest, found)


def keep_set(label_set: LabelSet) -> None:
    """Have a list that is typed as this set says it be this set: it keeps its name as long as it is not changed.

    Parameters
    ----------
    label_set : LabelSet
        As it was read from a file. A flagged category that no label has changes no result, but the digest; a list as
        typed does not know it.
    """
    typed = label_set.replace(flagged=[c for c in label_set.flagged if c in label_set.categories])
    named = label_set.replace(
        source=None, note=None, caution=None, suggested=None
    )  # results are kept by name, version and digest
    opened = st.session_state.get(_OPENED, {}) | {typed.digest: named}
    st.session_state[_OPENED] = dict([*opened.items()][-_MOST_OPENED:])


@cache
def _known_sets() -> dict[str, LabelSet]:
    return {preset.label_set.digest: preset.label_set for preset in list_presets()}


def find_prompt_fault(question: Question) -> str | None:
    """Return what is wrong with the prompt templates, if anything."""
    if not question.templates:
        return f'There is no prompt; it needs {{}} where the label goes, as in "{DEFAULT_TEMPLATES[0]}".'
    try:
        for template in question.templates:
            check_template(template)
    except LabelError as error:
        return str(error)
    return None


def read_list(store: Store, question: Question, side: str) -> Reading:
    """Read one side and classify the store's images with it.

    Parameters
    ----------
    store : Store
        The open store.
    question : Question
        The session's question.
    side : str
        ``"before"`` or ``"after"``.

    Returns
    -------
    Reading
    """
    known = {attribute.name: attribute.values for attribute in store.manifest.attributes}
    reading = read_side(question, side, known, store.digest, check=lambda label_set: predict(store, label_set))
    if reading.label_set is None:
        return reading
    hints = () if reading.fault else (*hint(store, reading.label_set), *_say_harmless(question, reading.label_set))
    return replace(reading, predictions=predict(store, reading.label_set), hints=hints)


def _say_harmless(question: Question, label_set: LabelSet) -> Iterator[str]:
    """Say where nothing can count under the rule, since no label claims anything or is of a flagged category."""
    flagged = any(label.category in label_set.flagged for label in label_set.labels)
    if question.rule == "misclassified" and not (flagged or label_set.claimed):
        text = label_set.labels[-1].text
        yield (
            f"No label here claims anything or has a flagged category, so no image can count as misclassified. Write "
            f'a category after a bar, as in "{text} | crime", or pick the rule "label:{text}" above.'
        )


def read_side(
    question: Question,
    side: str,
    known: Mapping[str, tuple[str, ...]],
    origin: str,
    check: Callable[[LabelSet], object] = lambda _: None,
) -> Reading:
    """Read one side, without predictions.

    Parameters
    ----------
    question, side
        As in `read_list`.
    known : mapping of str to tuple of str
        Every attribute that a label may claim, with its values.
    origin : str
        What the images are of: the last list that could be read is kept for each origin.
    check : callable, optional
        Raises `LabelError` where the images cannot be asked for a list.

    Returns
    -------
    Reading
    """
    text, place = getattr(question, side), (origin, side)
    if not text.strip():
        return Reading(empty=True)
    last: dict[tuple[str, str], LabelSet] = st.session_state.get(_READABLE, {})
    fault = find_prompt_fault(question)
    if fault is not None:
        return Reading(last.get(place), fault=fault, of_prompt=True)
    try:
        label_set = build_set(question, side)
        _check_claims(known, label_set, text)
        check(label_set)
    except LabelError as error:
        return Reading(last.get(place), fault=_say_line(error, text))
    st.session_state[_READABLE] = last | {place: label_set}
    return Reading(label_set)


def _check_claims(known: Mapping[str, tuple[str, ...]], label_set: LabelSet, text: str) -> None:
    try:
        check_claims(label_set, dict(known))
    except LabelError as error:
        raise LabelError(str(error), _find_line(label_set, known, text)) from None


def _list_lines(text: str) -> list[int]:
    """Return the line of each label; blank lines hold none."""
    return [number for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1) if line.strip()]


def _find_line(label_set: LabelSet, known: Mapping[str, tuple[str, ...]], text: str) -> int | None:
    """Return the line of the first label that claims what is not annotated."""
    for number, label in zip(_list_lines(text), label_set.labels, strict=False):
        if any(not set(values) <= set(known.get(attribute, ())) for attribute, values in label.claims.items()):
            return number
    return None


def _say_line(error: LabelError, text: str) -> str:
    sentence = str(error)
    line = error.line if error.place is None else _list_lines(text)[error.place]
    return sentence if line is None or sentence.startswith("Line") else f"Line {line}: {sentence}"


def is_mixture(label_sets: Sequence[LabelSet | None], stale: bool) -> bool:
    """Say whether two lists, one of which is as it was when it could last be read, were never both as they are now."""
    pair = tuple(one.digest for one in label_sets if one is not None)
    if not stale:
        st.session_state[_PAIR] = pair
    return stale and st.session_state.get(_PAIR) != pair


def keep_uncounted(uncounted: bool) -> None:
    """Keep whether the comparison on the page is none that anybody tried."""
    st.session_state[_UNCOUNTED] = uncounted


def is_uncounted() -> bool:
    """Say whether it is."""
    return bool(st.session_state.get(_UNCOUNTED))
