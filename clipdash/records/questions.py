"""What tells one comparison from another, before its result is known and after."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

from clipdash.audit.sides import LEVEL
from clipdash.labels.mode import ARGMAX, Mode

if TYPE_CHECKING:
    from clipdash.audit import Audit, Shift
    from clipdash.labels import LabelSet

__all__ = ["digest_facts", "digest_question", "list_facts", "list_facts_of"]

#: What is another comparison once it changes; the rest only changes how one is shown.
_TELLING = ("sets", "variants", "by", "where", "rule", "mode")


def list_facts(
    label_sets: "Sequence[LabelSet]",
    *,
    variants: Sequence[str],
    by: Sequence[str],
    where: Mapping[str, Sequence[str]],
    rule: str,
    min_n: int,
    cluster: str | None = None,
    simultaneous: bool = False,
    mode: Mode = ARGMAX,
) -> dict[str, Any]:
    """Return what a comparison asks, as plain data; nothing of it follows from a result.

    Parameters
    ----------
    label_sets : sequence of LabelSet
        Both sets.
    variants : sequence of str
        Of the store, one a set.
    by, where, rule, min_n, cluster, simultaneous, mode
        As `clipdash.audit.tabulate` and `clipdash.audit.shift` take them.

    Returns
    -------
    dict
        The same comparison gives the same data, whatever the order of a filter's values.
    """
    return {
        "sets": [label_set.digest for label_set in label_sets],
        "variants": list(variants),
        "by": list(by),
        "where": {attribute: sorted(values) for attribute, values in sorted(where.items())},
        "rule": rule,
        "mode": None if mode.single else str(mode),
        "min_n": min_n,
        "cluster": cluster or None,
        "simultaneous": simultaneous,
    }


def list_facts_of(result: "Audit | Shift") -> dict[str, Any]:
    """Return the same of an audit or a comparison that was made."""
    return list_facts(
        result.table.label_sets,
        variants=result.table.variants,
        by=result.by,
        where=result.where,
        rule=str(result.rule),
        min_n=result.min_n,
        cluster=result.table.cluster,
        simultaneous=result.level > LEVEL,
        mode=result.table.mode,
    )


def digest_facts(facts: Mapping[str, Any], *, whole: bool = False) -> str:
    """Return the sha256, in hexadecimal, of what tells one comparison from another, or of all facts."""
    kept = dict(facts) if whole else [facts[name] for name in _TELLING]
    return sha256(dumps(kept, sort_keys=True).encode()).hexdigest()


def digest_question(result: "Audit | Shift") -> str:
    """Return what tells one audit or comparison from another: sets, variants, groups, filter, rule and threshold."""
    return digest_facts(list_facts_of(result))
