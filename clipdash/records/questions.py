"""What tells one comparison from another."""

from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clipdash.audit import Shift

__all__ = ["digest_question"]


def digest_question(result: "Shift") -> str:
    """Return what tells one comparison from another: sets, variants, groups, filter, rule and threshold."""
    facts = [
        [label_set.digest for label_set in (result.before, result.after)],
        list(result.table.variants),
        list(result.by),
        {attribute: list(values) for attribute, values in sorted(result.where.items())},
        str(result.rule),
        *([] if result.table.mode.single else [str(result.table.mode)]),
    ]
    return sha256(dumps(facts, sort_keys=True).encode()).hexdigest()
