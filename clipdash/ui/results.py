"""Results of the core, kept between runs: keyed on digests, never on arrays, and bounded."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from clipdash import zeroshot
from clipdash.audit import (
    Audit,
    Explanation,
    Shift,
    Table,
    explain,
    lint_labels,
    measure,
    parse_rule,
    shift,
    tabulate,
)
from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import StoreError
from clipdash.labels import LabelSet
from clipdash.records import Tries, count_tries, digest_question, forget_try, record_seen, record_try
from clipdash.report.question import Question
from clipdash.store import Store, StoreRef, open_store
from clipdash.ui.catalogue import find_entry, forget_entries
from clipdash.ui.memory import remember, settle_memory
from clipdash.ui.pinned import pin_store
from clipdash.zeroshot import Predictions

__all__ = [
    "compare_groups",
    "drop_try",
    "explain_shift",
    "find_fault",
    "hint",
    "load_store",
    "note_seen",
    "note_try",
    "predict",
    "rate_groups",
    "read_store_encoder",
    "tabulate_lists",
]

_T = TypeVar("_T")
_NOTED = "tries_noted"


def load_store(name: str) -> Store:
    """Return the open store of that name; the same object as long as the session has it.

    Raises
    ------
    StoreError
        If no store is here, or it cannot be opened.
    """
    entry = find_entry(name)
    if entry is None or entry.manifest is None:
        raise StoreError(
            "There is no store here that can be opened. Build one: clipdash build mystore --images photos/ "
            "--metadata people.csv --encoder ViT-B-32/openai"
        )
    manifest = entry.manifest
    digest = remember(manifest, "digest", lambda: manifest.digest)
    store = pin_store(entry, lambda: _open(str(entry.path), digest))
    if store.digest == digest:
        return store
    _open.clear(str(entry.path), digest)  # it was replaced before it was opened: what was read of it does not hold
    forget_entries()
    st.rerun()
    return load_store(name)  # outside of a session nothing runs again


def find_fault(name: str) -> str | None:
    """Return why a store that looks sound cannot be opened or read, if so."""
    try:
        store = load_store(name)
        _ = store.people
    except StoreError as error:
        return str(error)
    return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(path: str, digest: str) -> Store:
    del digest
    return open_store(Path(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_encoder(reference: str, digest: str) -> Encoder:
    del digest
    encoder = read_encoder(reference)
    settle_memory()  # it brings torch along
    return encoder


def read_store_encoder(store: Store, reference: str, variant: str | None = None) -> Encoder:
    """Return the encoder that a store names, kept between runs."""
    return _read_encoder(reference, store.variant(variant).encoder.digest)


def predict(store: Store, label_set: LabelSet) -> Predictions:
    """Return the label of every image of a store under a set.

    Raises
    ------
    EncoderError
        If the store's encoder is not on this machine.
    LabelError
        If a label is longer than the encoder can read.
    """
    return _predict(store.digest, (label_set.name, label_set.version), label_set.digest, store, label_set)


@st.cache_resource(max_entries=32, show_spinner=False)
def _predict(
    store_digest: str, named: tuple[str, int], digest: str, _store: Store, _label_set: LabelSet
) -> Predictions:
    del store_digest, named, digest
    return zeroshot.predict(_store, _label_set, read=lambda reference: read_store_encoder(_store, reference))


def hint(store: Store, label_set: LabelSet) -> tuple[str, ...]:
    """Return what may be wrong with a set that can be run."""
    return _hint(store.digest, label_set.digest, store, label_set)


@st.cache_resource(max_entries=64, show_spinner=False)
def _hint(store_digest: str, digest: str, _store: Store, _label_set: LabelSet) -> tuple[str, ...]:
    del store_digest, digest
    found = zeroshot.embed_labels(_store, _label_set, read=lambda reference: read_store_encoder(_store, reference))
    known = {attribute.name: attribute.values for attribute in _store.manifest.attributes}
    return lint_labels(_label_set, known, None if found is None else found.weights)


def tabulate_lists(store: Store, question: Question, predictions: tuple[Predictions, ...]) -> Table:
    """Count the images of a question under one or two lists."""
    where = tuple(sorted(question.where.items()))
    sets = tuple((one.label_set.name, one.label_set.version, one.label_set.digest) for one in predictions)
    return _tabulate(store.digest, sets, (question.by, question.cluster or None), where, store, predictions)


@st.cache_resource(max_entries=64, show_spinner=False)
def _tabulate(
    digest: str,
    sets: tuple[tuple[str, int, str], ...],
    grouped: tuple[tuple[str, ...], str | None],
    where: tuple[tuple[str, tuple[str, ...]], ...],
    _store: Store,
    _predictions: tuple[Predictions, ...],
) -> Table:
    del digest, sets
    by, cluster = grouped
    kept = _store.keep_images(dict(where)) if where else None
    return tabulate(_store.people, by, *_predictions, where=dict(where), kept=kept, cluster=cluster)


def explain_shift(store: Store, question: Question, before: Predictions, after: Predictions) -> Explanation:
    """Take the shift of a question between two lists apart."""
    where = tuple(sorted(question.where.items()))
    key = (store.digest, before.label_set.digest, after.label_set.digest, question.by, where)
    return _explain(key, question.rule, question.min_n, store, before, after)


@st.cache_resource(max_entries=32, show_spinner=False)
def _explain(
    key: tuple[Any, ...], rule: str, min_n: int, _store: Store, _before: Predictions, _after: Predictions
) -> Explanation:
    *_, by, where = key
    return explain(
        _store.people,
        by,
        _before,
        _after,
        predict=lambda label_set: predict(_store, label_set),
        where=dict(where),
        rule=parse_rule(rule),
        min_n=min_n,
    )


def rate_groups(table: Table, question: Question) -> Audit:
    """Rate the groups of a table under one list."""
    result = _measure(table.digest, question.rule, question.min_n, question.together, table)
    return note_seen(result, table.store, table.label_sets)


@st.cache_resource(max_entries=64, show_spinner=False)
def _measure(digest: str, rule: str, min_n: int, together: bool, _table: Table) -> Audit:
    del digest
    return measure(_table, parse_rule(rule), min_n, simultaneous=together)


def compare_groups(table: Table, question: Question) -> Shift:
    """Compare the groups of a table under two lists."""
    result = _shift(table.digest, question.rule, question.min_n, question.together, table)
    return note_seen(result, table.store, table.label_sets)


@st.cache_resource(max_entries=64, show_spinner=False)
def _shift(digest: str, rule: str, min_n: int, together: bool, _table: Table) -> Shift:
    del digest
    return shift(_table, parse_rule(rule), min_n, simultaneous=together)


def note_seen(result: _T, store: StoreRef | Store | None, label_sets: Iterable[LabelSet]) -> _T:
    """Record, once a result, that figures of these lists are shown: two such lists can no longer be registered.

    Parameters
    ----------
    result : object
        What is shown, and returned.
    store : StoreRef or Store, optional
        Which it is of.
    label_sets : iterable of LabelSet
        Whose figures it holds.
    """
    if store is not None:
        digest, sets = store.digest, [label_set.digest for label_set in label_sets]
        remember(result, "seen", lambda: record_seen(digest, sets))
    return result


def note_try(result: Shift) -> Tries | None:
    """Record a comparison as tried on its store, once a session, and return the count.

    Parameters
    ----------
    result : Shift
        What is shown.

    Returns
    -------
    Tries or None
        None where the result is of no store, or records cannot be kept now.
    """
    if result.store is None:
        return None
    noted: set[tuple[str, str]] = st.session_state.setdefault(_NOTED, set())
    key = (result.store.digest, digest_question(result))
    if key in noted:
        return count_tries(result.store.digest)
    tries = record_try(result)
    if tries is not None:
        noted.add(key)
    return tries


def drop_try(store: str, question: str) -> None:
    """Take a comparison back that was on the page only while one was typing; both are digests."""
    st.session_state.get(_NOTED, set()).discard((store, question))
    forget_try(store, question)
