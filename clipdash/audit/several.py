"""Up to eight label sets side by side on the same images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from clipdash.audit.comparison import shift
from clipdash.audit.judging import find_judged_rows, pick_rows
from clipdash.audit.pairing import GroupShift, read_pairs
from clipdash.audit.rating import Audit, GroupRate, measure
from clipdash.audit.rule import Rule
from clipdash.audit.tabulation import tabulate
from clipdash.errors import QueryError
from clipdash.stats import SetsDiffer, cochran_q, holm

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["MOST_SETS", "GroupSets", "SetPair", "Several", "compare_several"]

MOST_SETS = 8


@dataclass(frozen=True)
class SetPair:
    """Two of the sets, by their places, and the shift of a group from the first to the second."""

    first: int
    second: int
    shift: GroupShift


@dataclass(frozen=True)
class GroupSets:
    """A group under every set; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Images that every set judges.
    withheld : bool
        Whether `n` is too small.
    rates : tuple of GroupRate
        The group under each set.
    differ : SetsDiffer, optional
        Whether the sets misclassify equally many (Cochran's Q).
    pairs : tuple of SetPair
        Every pair of sets; `p_adjusted` is Holm's over all groups and pairs.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    rates: tuple[GroupRate, ...] = ()
    differ: SetsDiffer | None = None
    pairs: tuple[SetPair, ...] = ()


@dataclass(frozen=True)
class Several:
    """Several label sets on the same images.

    Parameters
    ----------
    audits : tuple of Audit
        Each set by itself, on the images that every set judges.
    unjudged : int
        Images that some set cannot judge.
    overall : GroupSets
        All judged images; its pairs stand outside Holm's family.
    rows : tuple of GroupSets
        One a group, in the order of the values.
    """

    audits: tuple[Audit, ...]
    unjudged: int
    overall: GroupSets
    rows: tuple[GroupSets, ...]

    @property
    def label_sets(self) -> "tuple[LabelSet, ...]":
        """The sets, in the order given."""
        return tuple(audit.label_set for audit in self.audits)


def compare_several(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    predictions: "Sequence[Predictions]",
    *,
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
) -> Several:
    """Compare up to eight label sets on the images that all of them judge.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    predictions : sequence of Predictions
        The labels of the same images under each set.
    where, rule, min_n
        As in `tabulate` and `shift`.

    Returns
    -------
    Several

    Raises
    ------
    QueryError
        Fewer than two sets are given, or more than eight.
    """
    if not 2 <= len(predictions) <= MOST_SETS:
        raise QueryError(f"{len(predictions)} label sets were given; 2 to {MOST_SETS} can stand side by side.")
    rule = rule or Rule()
    rule.check(one.label_set for one in predictions)
    kept_by_filter = len(find_judged_rows(people, (), where, Rule("flagged")))
    kept = find_judged_rows(people, [one.label_set for one in predictions], where, rule)
    chosen, picked = people.iloc[kept], [pick_rows(one, kept) for one in predictions]
    audits = tuple(
        measure(tabulate(chosen, by, one, where=where, rule=rule), rule, min_n, strict=False) for one in picked
    )
    shifts = {
        (j, k): shift(tabulate(chosen, by, picked[j], picked[k], where=where, rule=rule), rule, min_n, strict=False)
        for j, k in combinations(range(len(picked)), 2)
    }
    overall = _join([audit.overall for audit in audits], {pair: result.overall for pair, result in shifts.items()})
    rows = [
        _join([audit.rows[g] for audit in audits], {pair: result.rows[g] for pair, result in shifts.items()})
        for g in range(len(audits[0].rows))
    ]
    return Several(audits, kept_by_filter - len(kept), overall, _adjust(rows))


def _join(rates: Sequence[GroupRate], shifts: Mapping[tuple[int, int], GroupShift]) -> GroupSets:
    first = rates[0]
    if first.withheld:
        return GroupSets(first.group, first.n, withheld=True)
    wrong = [rate.side.misclassified for rate in rates if rate.side is not None]
    together = [[0] * len(wrong) for _ in wrong]
    for place, count in enumerate(wrong):
        together[place][place] = count
    for (j, k), row in shifts.items():
        together[j][k] = together[k][j] = read_pairs(row)[0]
    pairs = tuple(SetPair(j, k, row) for (j, k), row in shifts.items())
    return GroupSets(first.group, first.n, False, tuple(rates), cochran_q(wrong, together), pairs)


def _adjust(rows: Sequence[GroupSets]) -> tuple[GroupSets, ...]:
    """Adjust over all groups and pairs at once: that is how many questions were asked."""
    adjusted = iter(holm([pair.shift.p for row in rows for pair in row.pairs]))
    return tuple(
        replace(
            row,
            pairs=tuple(replace(pair, shift=replace(pair.shift, p_adjusted=next(adjusted))) for pair in row.pairs),
        )
        for row in rows
    )
