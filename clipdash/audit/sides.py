"""A group under one label set: its counts, its rate and the interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipdash.audit.rule import OUTCOMES
from clipdash.audit.tally import SideCounts, Tally
from clipdash.stats import Design, wilson

__all__ = ["LEVEL", "Side", "build_sides", "find_level", "read_design"]

LEVEL = 0.95


@dataclass(frozen=True)
class Side:
    """A group under one label set.

    Parameters
    ----------
    misclassified : int
        Images that count as misclassified under the rule.
    rate, low, high : float
        Their share, and Wilson's 95 % interval of it.
    outcomes : mapping of str to int
        Images by outcome, in the order of `OUTCOMES`; they sum to the group's n.
    labels : mapping of str to int
        Images by label, in the order of the set, zero counts too; they sum to the group's n.
    """

    misclassified: int
    rate: float
    low: float
    high: float
    outcomes: Mapping[str, int]
    labels: Mapping[str, int]


def find_level(groups: int) -> float:
    """Return the confidence that each of some intervals needs for all to hold together at 95 %, by Bonferroni."""
    return 1 - (1 - LEVEL) / max(1, groups)


def build_sides(
    tally: Tally,
    side: int,
    counts: SideCounts,
    n: Sequence[int],
    min_n: int,
    *,
    level: float = LEVEL,
    designs: Sequence[Design] | None = None,
) -> list[Side | None]:
    """Return each group under one label set, None where it has too few images.

    Parameters
    ----------
    tally : Tally
        The judged rows.
    side : int
        Which of the table's label sets.
    counts : SideCounts
        Its counts, a row a group.
    n : sequence of int
        Judged images of each group.
    min_n : int
        The least n that is shown.
    level : float
        Confidence of each interval.
    designs : sequence of Design, optional
        Of the groups' rates, where images hang together.

    Returns
    -------
    list of Side or None
    """
    texts = tally.table.label_sets[side].texts
    sides: list[Side | None] = [None] * len(n)
    for place, size in enumerate(n):
        if size >= min_n:
            wrong = int(counts.wrong[place])
            effect, point = read_design(None if designs is None else designs[place], level)
            low, high = wilson(wrong / effect, size / effect, level, z=point)
            outcomes = dict(zip(OUTCOMES, counts.outcomes[place].tolist(), strict=True))
            labels = dict(zip(texts, counts.labels[place].tolist(), strict=True))
            sides[place] = Side(wrong, wrong / size, low, high, outcomes, labels)
    return sides


def read_design(design: Design | None, level: float) -> tuple[float, float | None]:
    """Return what counts are divided by, and the point to use in place of the normal one."""
    return (1.0, None) if design is None else (design.effect, design.find_point(level))
