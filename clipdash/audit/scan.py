"""Which one word, added to a label set, would move the groups most: thousands of words, one matrix product.

One half of the images ranks all words and chooses, the other one says what the chosen words do: the best of ten
thousand looks better than it is in the images that it was chosen by.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.candidates import Candidates, gather_candidates, list_new
from clipdash.audit.comparison import Shift
from clipdash.audit.confirmation import CONFIRMED, Chosen, adjust, compare_half, count_half, count_survivors
from clipdash.audit.contest import Movers, find_movers
from clipdash.audit.halves import draw_half, stratify
from clipdash.audit.pairing import OneWay
from clipdash.audit.ranking import Order, Ranking, rank_words
from clipdash.audit.rule import Rule
from clipdash.audit.standing import Field, Standing, find_standing, open_field
from clipdash.errors import QueryError, suggest
from clipdash.labels import Label

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet, WordList
    from clipdash.zeroshot import EmbeddedWords, LabelScores

    Read = Callable[[LabelSet], LabelScores]
    Embed = Callable[[Sequence[str]], EmbeddedWords]

__all__ = ["CHOSEN", "SEEDS", "FoundWord", "GroupSize", "Scan", "scan_words"]

#: So many words go from the first half to the second, and so many ways to halve are tried.
CHOSEN, SEEDS = 20, 20


@dataclass(frozen=True)
class GroupSize:
    """A group of the scan, and whether it has too few images to take part."""

    group: Mapping[str, str]
    n: int
    withheld: bool


@dataclass(frozen=True)
class FoundWord:
    """A word that the first half chose.

    Parameters
    ----------
    word : str
        Its text.
    moved : int
        Judged images that take the word, whether or not they change sides; of all groups, in both halves.
    chosen : tuple of Chosen
        What it does in the half that chose it, a group each: optimistic.
    confirmed : Shift
        What it does in the other half, with intervals and the test between groups.
    p_adjusted : float or None
        Of that test, for the number of words chosen (Benjamini and Hochberg); None where there is no test.
    """

    word: str
    moved: int
    chosen: tuple[Chosen, ...]
    confirmed: Shift
    p_adjusted: float | None

    @property
    def stands(self) -> bool:
        """Whether the second half confirms that the word shifts the groups differently."""
        return self.p_adjusted is not None and self.p_adjusted <= CONFIRMED


@dataclass(frozen=True, eq=False)
class Scan:
    """What each of many words would do to the groups if it joined a set.

    Parameters
    ----------
    label_set : LabelSet
        The set.
    words : WordList
        The list, as it was given.
    category : str, optional
        The category of every word; by default none.
    candidates : Candidates
        The words that were tried, and why the others were not.
    standing : Standing
        The set as it is: store and variant.
    rule : Rule
        What counts as misclassified.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    min_n : int
        Groups with fewer judged images are withheld.
    cluster : str, optional
        What hangs together, and so is in one half.
    n, unjudged, ungrouped : int
        As in `clipdash.audit.Shift`.
    groups : tuple of GroupSize
        All groups.
    one_way : {"fixed", "broken"}, optional
        The only way that such a word could move images.
    order : {"shift", "difference"}
        What the words found are ordered by.
    seed : int
        Of the halves.
    ranking : Ranking
        Of all words tried, by the first half.
    found : tuple of FoundWord
        At most 20, best first.
    survived : tuple of int, or None
        Of 20 seeds, the first of them `seed`, how many of the words chosen are confirmed; None where there is no test.
    """

    label_set: "LabelSet"
    words: "WordList"
    category: str | None
    candidates: Candidates
    standing: Standing
    rule: Rule
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    min_n: int
    cluster: str | None
    n: int
    unjudged: int
    ungrouped: int
    groups: tuple[GroupSize, ...]
    one_way: OneWay | None
    order: Order
    seed: int
    ranking: Ranking
    found: tuple[FoundWord, ...]
    survived: tuple[int, ...] | None

    @property
    def shown(self) -> "tuple[LabelSet, ...]":
        """The set, and the set with each word found: the lists of which this shows a result."""
        return self.label_set, *(word.confirmed.after for word in self.found)


def scan_words(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    label_set: "LabelSet",
    words: "WordList",
    *,
    read: "Read",
    embed: "Embed",
    vectors: NDArray[np.float32],
    category: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
    cluster: str | None = None,
    order: str = "shift",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Scan:
    """Ask of each word what it would do to every group if it joined a label set, at its end.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    label_set : LabelSet
        The set.
    words : WordList
        The words; those in the set are left out.
    read : callable
        Returns the scores of the N images with a set's labels.
    embed : callable
        Returns words as vectors, with the set's templates.
    vectors : ndarray of float32, shape (N, D)
        The images; may be mapped and not aligned.
    category : str, optional
        Of every word; it may be one that the set flags.
    where, rule, min_n, cluster
        As in `tabulate` and `shift`.
    order : {"shift", "difference"}
        Whether the words that shift some group most are sought, or those that shift two groups most differently.
    seed : int
        Of the halves.
    progress : callable, optional
        Is told how many blocks of how many are done; what it raises ends the scan.

    Returns
    -------
    Scan

    Raises
    ------
    QueryError
        There is no such order or seed, no word is left, no group is large enough, or as `tabulate`.
    LabelError
        A claim is not annotated, or the category cannot be written.
    """
    _check(order, seed)
    rule = rule or Rule()
    rule.check([label_set])
    standing = find_standing(read(label_set))
    kind = Label(text=list_new(words.words, label_set)[0], category=category)
    field = open_field(people, by, standing, kind, where=where, rule=rule, min_n=min_n, cluster=cluster)
    if not field.shown.any():
        raise QueryError(f"No group has {min_n:,} judged images, so no word can be ranked. Lower the minimum n.")
    candidates = gather_candidates(words.words, label_set, embed)
    strata = stratify(np.where(field.listed, field.member, len(field.groups)), field.units)
    halves = np.stack([draw_half(strata, seed + draw) for draw in range(SEEDS)])
    movers = find_movers(field, standing, vectors)
    ranking, chosen = rank_words(movers, candidates, halves, order, CHOSEN, progress=progress)
    taken = [Label(text=candidates.words[place], category=category) for place in chosen[0].tolist()]
    exact = standing.face(read(label_set.replace(labels=(*taken, *label_set.labels[: max(0, 2 - len(taken))]))))
    found = _confirm(people, field, exact, halves[0], words=taken, rule=rule)
    return Scan(
        label_set=label_set,
        words=words,
        category=category,
        candidates=candidates,
        standing=standing,
        rule=rule,
        by=field.table.by,
        where=field.table.where,
        min_n=min_n,
        cluster=cluster,
        n=len(field.rows),
        unjudged=field.unjudged,
        ungrouped=field.ungrouped,
        groups=tuple(
            GroupSize(group, int(n), not shown)
            for group, n, shown in zip(field.groups, field.sizes, field.shown, strict=True)
        ),
        one_way=field.one_way,
        order=order,  # type: ignore[arg-type]  # checked
        seed=seed,
        ranking=ranking,
        found=found,
        survived=_count_survivors(movers, candidates, chosen, halves, found),
    )


def _check(order: str, seed: int) -> None:
    if order not in get_args(Order):
        raise QueryError(f'There is no order "{order}". {suggest(order, get_args(Order))}')
    if seed < 0:
        raise QueryError(f"The seed is {seed}; it must be a whole number from 0.")


def _confirm(
    people: "pd.DataFrame",
    field: Field,
    exact: Standing,
    half: NDArray[np.bool_],
    *,
    words: Sequence[Label],
    rule: Rule,
) -> tuple[FoundWord, ...]:
    """Read the second half, for the words chosen alone, with the scores that a comparison uses."""
    shifts = compare_half(people, field, exact, ~half, words=words, rule=rule)
    takes = exact.takes[:, field.rows]
    adjusted = adjust([result.homogeneity.p for result in shifts])
    return tuple(
        FoundWord(
            word.text,
            int(takes[place].sum()),
            count_half(field, half, takes[place]),
            shifts[place],
            adjusted[place],
        )
        for place, word in enumerate(words)
    )


def _count_survivors(
    movers: Movers,
    candidates: Candidates,
    chosen: Sequence[NDArray[np.int64]],
    halves: NDArray[np.bool_],
    found: Sequence[FoundWord],
) -> tuple[int, ...] | None:
    """Count the words confirmed under every seed; under the first they are those found, by their exact scores."""
    others = count_survivors(movers, candidates.vectors, chosen[1:], halves[1:])
    if others is None or any(word.p_adjusted is None for word in found):
        return None
    return (sum(word.stands for word in found), *others)
