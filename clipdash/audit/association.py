"""Associations: to which groups' images each of thousands of words has a higher cosine.

The effect size is that of a single word in A. Caliskan, J. J. Bryson, A. Narayanan (2017), Semantics derived
automatically from language corpora contain human-like biases, Science 356, 183-186 (WEFAT); with images R. Steed,
A. Caliskan (2021), Image representations learned with unsupervised pre-training contain human-like biases, FAccT,
701-713.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.directions import Directions, find_directions
from clipdash.audit.division import AssociationGroup, Division, divide_images
from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import QueryError, suggest
from clipdash.labels import DEFAULT_TEMPLATES, WordList
from clipdash.stats import (
    benjamini_hochberg,
    contrast_means,
    gather_moments,
    permutation_p,
    score_means,
    shuffle_contrasts,
    spread_along,
)
from clipdash.store import Store, StoreRef

__all__ = ["Adjustment", "Association", "AssociationGroup", "associate"]

Adjustment = Literal["bh", "by"]
#: Is told what is being done ("words" or "permutations"), and how many of how many are done.
Tell = Callable[[str, int, int], None]

_CALLED = 0.05
_FEWEST_DRAWS = 19  # with fewer no p value can fall to .05


@dataclass(frozen=True, eq=False)
class Association:
    """Words against groups of images: W words, G groups shown, K contrasts between them.

    With two groups the one contrast is the first less the second; with more there is one a group, less the images of
    all other groups shown.

    Parameters
    ----------
    store : StoreRef
        Whose images.
    variant : str
        Of the store.
    measure : {"cosine", "score"}
        What is averaged: cosines, or the columns of a table of scores.
    word_list : WordList
        What was asked.
    words : tuple of W str
        Those of it that have figures.
    left_out : tuple of (str, str)
        The others, each with the reason.
    templates : tuple of str
        Of the prompts; none where the words are looked up.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    groups : tuple of AssociationGroup
        Those asked for, in order; withheld ones too.
    min_n : int
        Groups with fewer images are withheld.
    ungrouped, others : int
        Images that the filter leaves but that miss an annotation grouped by, or are in no group asked for.
    means : ndarray of float64, shape (G, W)
        Mean of each word in each group shown.
    differences, effects : ndarray of float64, shape (K, W)
        Difference of means, and the same in standard deviations; NaN where a word's cosines do not differ at all.
    deviations : ndarray of float64, shape (W,)
        Standard deviation of each word over the images of all groups shown.
    p, p_adjusted : ndarray of float64, shape (K, W), optional
        Of the permutation test, and adjusted over all K times W; None without permutations.
    adjust : {"bh", "by"}
        How.
    permutations, seed : int
        Of the test.
    cluster : str, optional
        What several images share, as the store says, unless it is grouped by; the test takes each image by itself.
    """

    store: StoreRef
    variant: str
    measure: Literal["cosine", "score"]
    word_list: WordList
    words: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    templates: tuple[str, ...]
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    groups: tuple[AssociationGroup, ...]
    min_n: int
    ungrouped: int
    others: int
    means: NDArray[np.float64]
    differences: NDArray[np.float64]
    effects: NDArray[np.float64]
    deviations: NDArray[np.float64]
    p: NDArray[np.float64] | None
    p_adjusted: NDArray[np.float64] | None
    adjust: Adjustment
    permutations: int
    seed: int
    cluster: str | None

    @property
    def shown(self) -> tuple[AssociationGroup, ...]:
        """The groups that are not withheld."""
        return tuple(group for group in self.groups if not group.withheld)

    @property
    def n(self) -> int:
        """Images of the groups shown."""
        return sum(group.n for group in self.shown)

    @property
    def contrasts(self) -> tuple[tuple[AssociationGroup, AssociationGroup | None], ...]:
        """Of each contrast the group, and the other one; None where it is all others."""
        if len(self.shown) == 2:
            return ((self.shown[0], self.shown[1]),)
        return tuple((group, None) for group in self.shown)

    @property
    def called(self) -> NDArray[np.bool_]:
        """Whether the adjusted p is below .05, shape (K, W); all False without permutations."""
        if self.p_adjusted is None:
            return np.zeros(self.differences.shape, dtype=bool)
        return np.asarray(self.p_adjusted < _CALLED - 1e-12)

    @property
    def fewest_called(self) -> int:
        """How many tests must reach the smallest p that so many permutations have before any is called."""
        tests = self.differences.size
        factor = sum(1 / place for place in range(1, tests + 1)) if self.adjust == "by" else 1.0
        return int(round(tests * factor / ((self.permutations + 1) * _CALLED), 6)) + 1

    def rank(self, place: int) -> NDArray[np.intp]:
        """Return the words of a contrast from the highest effect to the lowest, shape (W,); equal ones as listed."""
        return np.argsort(-np.nan_to_num(self.effects[place]), kind="stable")


def associate(
    store: Store,
    word_list: WordList,
    by: str | Sequence[str],
    *,
    groups: Sequence[str | Sequence[str]] | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    variant: str | None = None,
    permutations: int = 999,
    seed: int = 0,
    adjust: str = "bh",
    min_n: int = 30,
    read: Callable[[str], Encoder] = read_encoder,
    progress: Tell | None = None,
) -> Association:
    """Hold every word of a list against groups of images.

    Parameters
    ----------
    store : Store
        The images and their annotations.
    word_list : WordList
        The words; those that are too long, or that a label bank or a table of scores does not have, are left out.
    by : str or sequence of str
        One attribute or several, whose intersections are the groups.
    groups : sequence of str or of sequence of str, optional
        Which of them, and in which order: a value, or a value an attribute. All by default.
    where : mapping, optional
        The filter, as in `tabulate`.
    templates : sequence of str
        As in `embed_words`.
    variant : str, optional
        Of the store; its first one by default.
    permutations : int
        Of the test; 0 for none, else at least 19.
    seed : int
        Of the permutations: the same call gives the same numbers.
    adjust : {"bh", "by"}
        Benjamini and Hochberg, or Benjamini and Yekutieli, over all words and groups.
    min_n : int
        Groups with fewer images are withheld.
    read : callable
        Loads the encoder that the store names, where one is needed.
    progress : callable, optional
        Is told ``("words" or "permutations", done, total)``; what it raises stops the work.

    Returns
    -------
    Association

    Raises
    ------
    QueryError
        An attribute, value, group or variant does not exist, fewer than two groups have enough images, or a number
        cannot be.
    LabelError
        A template cannot be used, or no word is left.
    EncoderError
        As in `embed_words`.

    Notes
    -----
    No array of images times words is made: see `clipdash.stats.contrasts`. Images are taken to be exchangeable between
    groups when nothing differs. Several pictures of one drawing or person are not: p is too small where they lie in one
    group, too large where they lie in several.
    """
    method = _check_numbers(permutations, seed, adjust, min_n)
    division = divide_images(store, by, groups, where, min_n)
    tell_words = None if progress is None else partial(progress, "words")
    spoken = find_directions(store, word_list, templates=templates, variant=variant, read=read, progress=tell_words)
    found = _measure(spoken, division, (permutations, seed), method, progress)
    chosen = store.variant(variant)
    return Association(
        store=store.ref,
        variant=chosen.name,
        measure="score" if chosen.encoder.kind == "scores" else "cosine",
        word_list=word_list,
        words=spoken.words,
        left_out=spoken.left_out,
        templates=spoken.templates,
        by=division.by,
        where=division.where,
        groups=division.groups,
        min_n=min_n,
        ungrouped=division.ungrouped,
        others=division.others,
        adjust=method,
        permutations=permutations,
        seed=seed,
        cluster=None if store.manifest.cluster in division.by else store.manifest.cluster,
        **found._asdict(),
    )


class _Figures(NamedTuple):
    means: NDArray[np.float64]
    differences: NDArray[np.float64]
    effects: NDArray[np.float64]
    deviations: NDArray[np.float64]
    p: NDArray[np.float64] | None
    p_adjusted: NDArray[np.float64] | None


def _check_numbers(permutations: int, seed: int, adjust: str, min_n: int) -> Adjustment:
    if permutations and permutations < _FEWEST_DRAWS:
        raise QueryError(
            f"{permutations} permutations were asked for; with fewer than {_FEWEST_DRAWS} no p value can reach .05. "
            "Ask for more, or for 0 to leave the test out."
        )
    if seed < 0:
        raise QueryError(f"The seed is {seed}; it must be a whole number from 0 on.")
    if min_n < 1:
        raise QueryError(f"The minimum n is {min_n}; it must be at least 1, since no mean can be read from no image.")
    if adjust not in get_args(Adjustment):
        raise QueryError(f'There is no adjustment "{adjust}". {suggest(adjust, get_args(Adjustment))}')
    return adjust  # type: ignore[return-value]


def _measure(
    spoken: Directions, division: Division, drawn: tuple[int, int], method: Adjustment, progress: Tell | None
) -> _Figures:
    permutations, seed = drawn
    blocks = partial(spoken.read, division.rows)
    moments = gather_moments(blocks, division.member)
    deviations, size = spread_along(moments, spoken.vectors)
    observed = contrast_means(moments)
    differences, means = np.split(
        score_means(np.concatenate([observed, moments.means]), spoken.vectors), [len(observed)]
    )
    # A word whose cosines do not differ at all has no effect size; dividing by NaN says so without a warning.
    effects = differences / np.where(deviations > 0, deviations, np.nan)
    if not permutations:
        return _Figures(means, differences, effects, deviations, None, None)
    shuffled = shuffle_contrasts(blocks, division.member, permutations, seed)
    tell = None if progress is None else lambda done: progress("permutations", done, permutations)
    p = permutation_p(observed, shuffled, spoken.vectors, size, progress=tell)
    adjusted = benjamini_hochberg(p.ravel(), any_dependence=method == "by").reshape(p.shape)
    return _Figures(means, differences, effects, deviations, p, adjusted)
