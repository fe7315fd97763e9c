"""A saved audit asked again: the same question, on the store as it is today."""

import json
from typing import TYPE_CHECKING, Any

from clipdash.errors import StoreError, suggest
from clipdash.report.figures import to_json
from clipdash.report.question import Question
from clipdash.ui.catalogue import find_entry, list_entries
from clipdash.ui.lists import build_set
from clipdash.ui.results import compare_groups, load_store, predict, rate_groups, tabulate_lists

if TYPE_CHECKING:
    from clipdash.records import SavedAudit

__all__ = ["ask_again", "find_store", "is_comparison"]


def is_comparison(audit: "SavedAudit") -> bool:
    """Say whether an audit holds two lists; else it holds one."""
    return "label_set" not in audit.result


def find_store(audit: "SavedAudit") -> str | None:
    """Return the name of the store that is as it was then, else of that name; None where neither is here."""
    sound = {entry.name: entry.manifest for entry in list_entries() if entry.manifest is not None}
    named = [audit.store] if audit.store in sound else []
    order = [*named, *sound]
    return next((name for name in order if sound[name].digest == audit.store_digest), next(iter(named), None))


def ask_again(audit: "SavedAudit") -> dict[str, Any]:
    """Return what comes out today, as plain data.

    Raises
    ------
    InputError
        If the store is not here any more, or the question cannot be asked of it.
    """
    name = find_store(audit)
    if name is None or find_entry(name) is None:
        here = suggest(audit.store, (entry.name for entry in list_entries()))
        raise StoreError(f'The store "{audit.store}" is not here, so nothing can be computed today. {here}')
    question = Question.model_validate(audit.question).change(store=name)
    store, sides = load_store(name), ("before", "after")[: 1 + is_comparison(audit)]
    predictions = tuple(predict(store, build_set(question, side)) for side in sides)
    table = tabulate_lists(store, question, predictions)
    result = compare_groups(table, question) if is_comparison(audit) else rate_groups(table, question)
    found: dict[str, Any] = json.loads(json.dumps(to_json(result)))
    return found
