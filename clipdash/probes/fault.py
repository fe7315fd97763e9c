"""Faults of a probe's file as one or two sentences: the key, what was found, what was expected."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from clipdash.errors import InputError, ProbeError, suggest
from clipdash.labels.faults import describe_fault, name_kind
from clipdash.labels.wording import quote_text

__all__ = ["check_entry", "list_entries", "read_entry"]

_Model = TypeVar("_Model", bound=BaseModel)
_TEXTS = 'a list of texts, such as ["race", "gender"]'
_EXPECTED = {
    "place": "a whole number, 1 or more",
    "unpublished": 'a list of sentences, such as ["The prompts."]',
    "reported": 'a list of sentences, such as ["Near random."]',
    "reruns": 'a list of sentences, such as ["Another model: 59.2% instead of 58.3%."]',
    "differences": "a table with images, crop, weights, template, wording",
    "groups": _TEXTS,
    "drawn": "a list of names of rows",
    "group_values": 'a list of texts, or of lists of texts where several values stand for one column, as in ["White"]',
    "values": 'a list with a number a column, and "" where nothing is printed',
    "unit": '"percent", "points" or "count"',
    "arithmetic": "true or false",
    "words": '"published", "described" or "ours"',
    "flagged": 'a list of categories, such as ["crime"]',
    "claims": 'a table, such as {gender = "Male"}',
    "where": 'a table, such as {kind = "person"}',
    "within": 'a table, such as {gender = "Male"}',
    "by": _TEXTS,
    "rules": 'a list of rules, such as ["flagged", "category:crime"]',
    "templates": 'a list of texts, such as ["a photo of a {}"]',
    "threshold": "a number",
    "thresholds": "a list of numbers, such as [0.005, 0.04]",
    "counts": "a list of whole numbers, such as [100, 1000]",
    "per_class": "a list of whole numbers, such as [1, 2, 4]",
    "top_k": "a whole number, 1 or more",
    "draws": "a whole number, 1 or more",
    "most": "a whole number, 1 or more",
    "seed": "a whole number, 0 or more",
    "min_n": "a whole number, 1 or more",
}


def read_entry(model: type[_Model], entry: Any, place: str, more: Iterable[str] = ()) -> _Model:
    """Return an entry of a probe's file as its model.

    Parameters
    ----------
    model : type
        What it is to be.
    entry : object
        A table, as TOML gives it.
    place : str
        Where it stands, such as ``'Run 2 ("race")'``; empty for the file itself.
    more : iterable of str
        Keys that may stand there beside the fields of the model.

    Raises
    ------
    ProbeError
        A key is unknown or missing, or holds something else than it should.
    """
    before = f"{place}: " if place else ""
    if not isinstance(entry, Mapping):
        raise ProbeError(f"{place} is {name_kind(entry)}; expected a table of keys.")
    known = [*model.model_fields, *more]
    strange = next((key for key in entry if key not in known), None)
    if strange is not None:  # before what is missing: a key that is misspelt is both
        raise ProbeError(f"{before}The key {quote_text(str(strange))} is unknown. {suggest(str(strange), known)}")
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        raise ProbeError(f"{before}{describe_fault(error, known, _EXPECTED | _expect_list(model))}") from None
    except InputError as fault:  # of a preset, a label, or a table that does not fit itself
        raise ProbeError(f"{before}{fault}") from None


def _expect_list(model: type[BaseModel]) -> dict[str, str]:
    """Return what "by" expects where it is a single attribute."""
    by = model.model_fields.get("by")
    return {"by": 'the name of an attribute, such as "gender"'} if by is not None and by.annotation is str else {}


def list_entries(data: Mapping[str, Any], key: str) -> list[Any]:
    """Return the entries that a file begins with ``[[key]]``; none where it has none."""
    entries = data.get(key, [])
    if not isinstance(entries, list):
        raise ProbeError(f'"{key}" is {name_kind(entries)}; begin each one with [[{key}]], in two brackets.')
    return entries


def check_entry(name: str, known: list[str], what: str, place: str) -> None:
    """Refuse the name of something that the file does not have."""
    if name not in known:
        raise ProbeError(f"{place} names the {what} {quote_text(name)}, which is not here. {suggest(name, known)}")
