"""Results that ask a question many times over, kept between runs: several lists, a sweep, a specification curve."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from clipdash import zeroshot
from clipdash.audit import (
    Choices,
    Placebos,
    Several,
    Shift,
    SpecificationCurve,
    Sweep,
    compare_several,
    parse_rule,
    place_nouns,
    specify,
    sweep_thresholds,
)
from clipdash.labels import LabelSet
from clipdash.report.question import Question
from clipdash.store import Store
from clipdash.ui.results import note_seen, read_store_encoder
from clipdash.zeroshot import Found, LabelScores, Predictions

__all__ = ["compare_sets", "find_neighbours", "open_scores", "place_question", "specify_question", "sweep_question"]


def _key(store: Store, question: Question) -> tuple[Any, ...]:
    where = tuple(sorted(question.where.items()))
    return (store.digest, question.by, where, question.rule, question.min_n)


def compare_sets(store: Store, question: Question, predictions: Sequence[Predictions]) -> Several:
    """Compare up to eight lists on the groups of a question."""
    digests = tuple((one.label_set.name, one.label_set.digest) for one in predictions)
    result = _compare(_key(store, question), digests, store, tuple(predictions))
    return note_seen(result, store, [one.label_set for one in predictions])


@st.cache_resource(max_entries=16, show_spinner=False)
def _compare(
    key: tuple[Any, ...], digests: tuple[Any, ...], _store: Store, _predictions: tuple[Predictions, ...]
) -> Several:
    del digests
    _, by, where, rule, min_n = key
    return compare_several(_store.people, by, _predictions, where=dict(where), rule=parse_rule(rule), min_n=min_n)


def sweep_question(store: Store, question: Question, label_set: LabelSet, kind: str) -> Sweep:
    """Sweep one list over thresholds, or over the best labels, on the groups of a question."""
    result = _sweep(_key(store, question), (label_set.name, label_set.digest), kind, store, label_set)
    return note_seen(result, store, [label_set])


@st.cache_resource(max_entries=16, show_spinner=False)
def _sweep(key: tuple[Any, ...], digest: tuple[str, str], kind: str, _store: Store, _label_set: LabelSet) -> Sweep:
    del digest
    _, by, where, rule, min_n = key
    scores = open_scores(_store, _label_set)
    return sweep_thresholds(_store.people, by, scores, kind=kind, where=dict(where), rule=parse_rule(rule), min_n=min_n)


def open_scores(store: Store, label_set: LabelSet, variant: str | None = None) -> LabelScores:
    """Return the scores of a store's images with a list, by the encoder that is kept."""
    return zeroshot.open_scores(
        store, label_set, variant=variant, read=lambda reference: read_store_encoder(store, reference, variant)
    )


def specify_question(
    store: Store,
    question: Question,
    label_sets: Sequence[LabelSet],
    *,
    choices: Choices,
    group: dict[str, str],
    progress: Callable[[int, int], None],
) -> SpecificationCurve:
    """Ask for the gap of one list, or the shift between two, under every combination of choices."""
    result = specify(
        store.people,
        question.by,
        label_sets,
        choices,
        read=lambda label_set, variant: open_scores(store, label_set, variant),
        group=group,
        where=question.where,
        min_n=question.min_n,
        progress=progress,
    )
    return note_seen(result, store, label_sets)


def place_question(store: Store, question: Question, result: Shift) -> Placebos:
    """Put neutral words in the place of each label that the second list of a question adds."""
    digests = tuple((one.digest, one.name) for one in (result.before, result.after))
    return _place(_key(store, question), digests, store, result)


@st.cache_resource(max_entries=32, show_spinner=False)
def _place(key: tuple[Any, ...], digests: tuple[Any, ...], _store: Store, _result: Shift) -> Placebos:
    del digests
    _, by, where, rule, min_n = key
    return place_nouns(
        _store.people,
        by,
        _result.before,
        _result.after,
        read=lambda label_set: open_scores(_store, label_set),
        embed=lambda words: zeroshot.embed_words(
            _store,
            words,
            templates=_result.after.templates,
            read=lambda reference: read_store_encoder(_store, reference),
        ),
        vectors=_store.vectors,
        where=dict(where),
        rule=parse_rule(rule),
        min_n=min_n,
        known=_result,
    )


def find_neighbours(store: Store, image_id: str, k: int) -> Found:
    """Return the images of a store nearest to one of its own."""
    return _find_neighbours(store.digest, image_id, min(k, store.manifest.images), store)


@st.cache_resource(max_entries=32, show_spinner=False)
def _find_neighbours(digest: str, image_id: str, k: int, _store: Store) -> Found:
    del digest
    return zeroshot.find_images(_store, like=image_id, k=k)
