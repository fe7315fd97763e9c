"""A model's validation error as one sentence that names the key, what was found and what was expected."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from pydantic import ValidationError

from clipdash.errors import suggest
from clipdash.labels.label_set import Label, LabelSet, Suggestion
from clipdash.labels.wording import quote_text

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    ((datetime, date, time), "a date or time"),
)
_EXPECTED = {
    "version": "a whole number, 1 or more",
    "templates": 'a list of texts, such as ["a photo of a {}"]',
    "flagged": 'a list of categories, such as ["crime"]',
    "suggested": "a table with before, by, where",
    "by": 'a list of attributes, such as ["age"]',
    "where": 'a table, such as {kind = "person"}',
    "claims": 'a table, such as {gender = "Male"}',
}
_CLAIM_VALUE = "a text or a list of texts"
_KEYS = {model: tuple(model.model_fields) for model in (Label, LabelSet, Suggestion)}


def name_kind(value: Any) -> str:
    """Return what a TOML value is, in plain words, such as ``"a number"``."""
    return next((kind for types, kind in _KINDS if isinstance(value, types)), type(value).__name__)


def describe_fault(
    error: ValidationError, known: Sequence[str] | None = None, expected: Mapping[str, str] = _EXPECTED
) -> str:
    """Return the first fault of a model's validation as one or two sentences.

    Parameters
    ----------
    error : ValidationError
        What the model raised, for fields as TOML has them.
    known : sequence of str, optional
        The keys that may stand there; without, those of a label, or of what a label set suggests.
    expected : mapping of str to str
        What a key expects, where that is not plain text.

    Returns
    -------
    str
        For example ``'The key "categori" is unknown. The nearest is "category".'``
    """
    fault = error.errors(include_url=False, include_context=False)[0]
    path = [part for part in fault["loc"] if isinstance(part, str)]
    key = path[-1]
    if fault["type"] == "extra_forbidden":
        own = _KEYS[Label] if error.title == "Label" else _KEYS[Suggestion]
        return f"The key {quote_text(key)} is unknown. {suggest(key, own if known is None else known)}"
    if fault["type"] == "missing":
        return f'The key "{key}" is missing.'
    inside_claims = len(path) > 1 and path[-2] in {"claims", "where"}
    wanted = _CLAIM_VALUE if inside_claims else expected.get(key, "text")
    return f"The key {quote_text(key)} holds {_show_value(fault['input'])}; expected {wanted}."


def _show_value(value: Any) -> str:
    kind = name_kind(value)
    return f"{kind} ({quote_text(value)})" if isinstance(value, str) else f"{kind} ({value!r})"
