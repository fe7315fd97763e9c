"""Each label of a set left out in turn, and how far every group's rate shifts when it comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipdash.audit.cause import MOST_CHANGED, drop_label
from clipdash.audit.comparison import Shift, shift
from clipdash.audit.rule import Rule
from clipdash.audit.tabulation import tabulate
from clipdash.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["Ablation", "ablate"]


@dataclass(frozen=True)
class Ablation:
    """One label, and the shift from the set without it to the whole set."""

    label: str
    shift: Shift


def ablate(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    predictions: "Predictions",
    *,
    predict: "Callable[[LabelSet], Predictions]",
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
    cluster: str | None = None,
    simultaneous: bool = False,
) -> tuple[Ablation, ...]:
    """Leave each label of a set out in turn.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    predictions : Predictions
        The labels of the images under the whole set.
    predict : callable
        Returns the labels of the same images under another set; called once a label.
    where, rule, min_n, cluster, simultaneous
        As in `tabulate` and `shift`.

    Returns
    -------
    tuple of Ablation
        One a label, in the order of the set. The images are those that the whole set judges, in every row.

    Raises
    ------
    QueryError
        The set has fewer than three labels, or more than 100.
    """
    label_set, rule = predictions.label_set, rule or Rule()
    if not 3 <= len(label_set.labels) <= MOST_CHANGED:
        raise QueryError(
            f"The set has {len(label_set.labels)} labels; each can be left out in turn of a set of 3 to {MOST_CHANGED}."
        )
    rule.check([label_set])

    def leave(label: str, without: "LabelSet") -> Ablation:
        table = tabulate(people, by, predict(without), predictions, where=where, cluster=cluster, rule=rule)
        return Ablation(label, shift(table, rule, min_n, strict=False, simultaneous=simultaneous))

    return tuple(leave(label.text, drop_label(label_set, label)) for label in label_set.labels)
