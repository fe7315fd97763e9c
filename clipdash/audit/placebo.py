"""Would any word have done it: where the shift of an added word ranks among neutral words put in its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.candidates import Candidates, gather_candidates, list_new
from clipdash.audit.cause import drop_label
from clipdash.audit.comparison import Shift, shift
from clipdash.audit.contest import count_moves, find_movers
from clipdash.audit.pairing import GroupShift
from clipdash.audit.rule import Rule
from clipdash.audit.standing import find_standing, open_field
from clipdash.audit.tabulation import tabulate
from clipdash.errors import LabelError, QueryError
from clipdash.labels import ARGMAX, Mode, compare_sets, fold_text, read_words

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import Label, LabelSet
    from clipdash.zeroshot import EmbeddedWords, LabelScores

__all__ = ["MOST_ADDED", "NOUNS", "Placebo", "PlaceboGroup", "Placebos", "place_nouns"]

#: So many neutral words are put in the place of each added label, of which there may be so many.
NOUNS, MOST_ADDED = 200, 20
SEED = 0
_SPARE = 20


@dataclass(frozen=True)
class PlaceboGroup:
    """A group, the shift that an added label makes in it, and how many neutral words make a smaller one."""

    group: Mapping[str, str]
    shift: float
    larger_than: int


@dataclass(frozen=True)
class Placebo:
    """An added label beside neutral words with its category and claims.

    Parameters
    ----------
    label : str
        Its text.
    of : int
        How many neutral words stand beside it.
    overall : PlaceboGroup
        All judged images.
    groups : tuple of PlaceboGroup
        The groups that are shown.
    """

    label: str
    of: int
    overall: PlaceboGroup
    groups: tuple[PlaceboGroup, ...]


@dataclass(frozen=True)
class Placebos:
    """Of every added label; or why there is nothing to say.

    Parameters
    ----------
    rows : tuple of Placebo
        In the order of the second set.
    words : tuple of str
        The neutral words.
    seed : int
        That drew them.
    note : str
        Why `rows` is empty; else empty.
    """

    rows: tuple[Placebo, ...] = ()
    words: tuple[str, ...] = ()
    seed: int = SEED
    note: str = ""


def place_nouns(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    before: "LabelSet",
    after: "LabelSet",
    *,
    read: "Callable[[LabelSet], LabelScores]",
    embed: "Callable[[Sequence[str]], EmbeddedWords]",
    vectors: "Callable[[], NDArray[np.float32]]",
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
    mode: Mode = ARGMAX,
    known: Shift | None = None,
) -> Placebos:
    """Put neutral words in the place of each label that the second set adds.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    before, after : LabelSet
        The two sets.
    read : callable
        Returns the scores of the N images with a set's labels; called once for the second set and once a label added.
    embed : callable
        Returns words as vectors, with the templates of the second set.
    vectors : callable
        Returns the embeddings of the images, shape (N, D).
    where, rule, min_n
        As in `tabulate` and `shift`.
    mode : Mode
        How scores become labels.
    known : Shift, optional
        The answer to the same question of both sets, where it is at hand: where the second set adds one label and
        nothing else, that is the label's shift.

    Returns
    -------
    Placebos
        The shifts are those from the second set without the label to the second set; a neutral word stands at the end
        of that set, with the label's category and claims. Where nothing was added, more than 20 labels were, or 200
        neutral words cannot be had, there is a note instead.
    """
    rule = rule or Rule()
    added = [label for label in after.labels if label.text in compare_sets(before, after).added]
    note = _refuse(added, after, rule, mode)
    if note:
        return Placebos(note=note)
    try:
        nouns = _gather_nouns(before, after, embed)
    except (LabelError, QueryError) as error:
        return Placebos(note=str(error))
    if len(nouns.words) < NOUNS:
        return Placebos(
            note=f"Of the neutral words only {len(nouns.words):,} can be embedded here; {NOUNS} are needed."
        )
    words, images, whole = nouns.vectors[:NOUNS], vectors(), find_standing(read(after)).predictions
    rows = []
    for label in added:
        without = find_standing(read(drop_label(after, label)))
        kind = label.model_copy(update={"text": nouns.words[0]})
        field = open_field(people, by, without, kind, where=where, rule=rule, min_n=min_n, strict=False)
        movers = find_movers(field, without, images, everyone=True)
        nets = np.concatenate([_net(counts[0]) for _, counts in count_moves(movers, words, _all(movers.rows))], axis=1)
        if known is not None and not known.table.cluster and without.predictions.label_set.digest == before.digest:
            result = known
        else:
            result = shift(tabulate(people, by, without.predictions, whole, where=where), rule, min_n, strict=False)
        if result.overall.withheld:
            return Placebos(note=f"Fewer than {min_n:,} images are judged.")
        rows.append(_rank(label, result.overall, result.rows, nets))
    return Placebos(tuple(rows), nouns.words[:NOUNS])


def _refuse(added: "Sequence[Label]", after: "LabelSet", rule: Rule, mode: Mode) -> str:
    """Return why no word is put in the place of another, if so."""
    if not added:
        return "No label was added."
    if len(added) > MOST_ADDED:
        return f"{len(added)} labels were added; neutral words are put in the place of at most {MOST_ADDED}."
    if len(after.labels) < 3:
        return "Without the label that was added the set has fewer than two."
    if not mode.single:
        return "Neutral words are put in the place of a label only where every image has one label."
    if rule.kind == "label" and fold_text(rule.value or "") in {fold_text(label.text) for label in added}:
        return "The rule counts a label that was added, which no other word can be."
    return ""


def _gather_nouns(
    before: "LabelSet", after: "LabelSet", embed: "Callable[[Sequence[str]], EmbeddedWords]"
) -> Candidates:
    """Embed neutral words in a drawn order: a few more than are needed, all of them where many cannot be had."""
    nouns = read_words("neutral").words
    order = np.random.default_rng(SEED).permutation(len(nouns))
    drawn = list_new([nouns[place] for place in order.tolist()], before, after)
    try:
        found = gather_candidates(drawn[: NOUNS + _SPARE], after, embed)
    except (LabelError, QueryError):
        return gather_candidates(drawn, after, embed)
    return found if len(found.words) >= NOUNS else gather_candidates(drawn, after, embed)


def _all(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.ones((1, len(rows)), dtype=bool)


def _net(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return newly less no longer misclassified images of each group, shape (G + 1, w), from counts by slot."""
    return counts[1::2].astype(np.int64) - counts[0::2]


def _rank(label: "Label", overall: GroupShift, rows: Sequence[GroupShift], nets: NDArray[np.int64]) -> Placebo:
    groups = tuple(_compare(row, nets[place]) for place, row in enumerate(rows) if row.shift is not None)
    return Placebo(label.text, nets.shape[1], _compare(overall, nets.sum(axis=0)), groups)


def _compare(row: GroupShift, nets: NDArray[np.int64]) -> PlaceboGroup:
    """Compare counts, not rates: all words are tried on the same images."""
    own = (row.broken or 0) - (row.fixed or 0)
    value = 0.0 if row.shift is None else row.shift.value
    return PlaceboGroup(row.group, value, int((np.abs(nets) < abs(own)).sum()))
