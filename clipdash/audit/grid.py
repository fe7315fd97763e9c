"""One comparison under every prompt template and every encoder: how each group's shift hangs on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipdash.audit.comparison import Shift, shift
from clipdash.audit.pairing import Estimate, GroupShift
from clipdash.audit.rule import Rule
from clipdash.audit.tabulation import tabulate
from clipdash.errors import QueryError
from clipdash.labels import LabelSet
from clipdash.stats import split_variance
from clipdash.zeroshot import Predictions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_CELLS", "GroupGrid", "ShiftGrid", "cross_choices"]

MOST_CELLS = 1000
FACTORS = ("template", "encoder", "group")


@dataclass(frozen=True)
class GroupGrid:
    """A group's shift in every cell; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value; ``{}`` for all images.
    n : int
        Judged images, the same in every cell.
    withheld : bool
        Whether `n` is too small.
    shifts : tuple of tuple of Estimate
        Rate after - rate before with its 95 % interval, by template and then by encoder.
    same_sign : int
        Cells whose shift has the sign of the first cell's.
    clear : int
        Cells whose interval excludes 0.
    clear_same : int
        Cells of both kinds.
    one_way : int
        Cells whose shift could go one way only: there an interval excludes 0 as soon as one image moves.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    shifts: tuple[tuple[Estimate, ...], ...] = ()
    same_sign: int = 0
    clear: int = 0
    clear_same: int = 0
    one_way: int = 0


@dataclass(frozen=True)
class ShiftGrid:
    """One comparison under every template and encoder.

    Parameters
    ----------
    templates : mapping of str to tuple of str
        The templates of each row of the grid, by name; several are averaged.
    variants : tuple of str
        The variants of the store, one a column.
    cells : tuple of tuple of Shift
        The comparison in every cell, by template and then by encoder.
    overall : GroupGrid
        All judged images.
    rows : tuple of GroupGrid
        One a group, in the order of the values.
    variance : mapping of tuple of str to float
        Of the variance of the shifts of all groups shown and cells, the share of template, encoder and group, each by
        itself, of each two together and of all three; all 0 where every shift is the same, empty without groups.
    """

    templates: Mapping[str, tuple[str, ...]]
    variants: tuple[str, ...]
    cells: tuple[tuple[Shift, ...], ...]
    overall: GroupGrid
    rows: tuple[GroupGrid, ...]
    variance: Mapping[tuple[str, ...], float]

    @property
    def first(self) -> Shift:
        """The first cell, whose signs the others are held against."""
        return self.cells[0][0]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.templates) * len(self.variants)


def cross_choices(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    label_sets: Sequence[LabelSet],
    *,
    templates: Mapping[str, Sequence[str]] | Sequence[str],
    predict: Callable[[LabelSet, str | None], Predictions],
    variants: Sequence[str | None] = (None,),
    rule: Rule | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    min_n: int = 30,
    progress: Callable[[int, int], None] | None = None,
) -> ShiftGrid:
    """Ask one comparison under every template and encoder.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    label_sets : sequence of two LabelSet
        Before and after; their own templates are replaced.
    templates : mapping of str to sequence of str, or sequence of str
        What takes their place, by name: one template, or several that are averaged, such as the eighty of ImageNet. A
        sequence has one template a row.
    predict : callable
        Returns the labels of the N images under a set, by a variant of the store: see `clipdash.zeroshot.predict`.
    variants : sequence of str, optional
        Variants of the store; None, the default, stands for its first.
    rule, where, min_n
        As in `tabulate` and `shift`.
    progress : callable, optional
        Is told how many cells of how many are done.

    Returns
    -------
    ShiftGrid

    Raises
    ------
    QueryError
        There are not two sets, no or too many cells, a variant twice, or templates where a variant has no use for
        them; or as in `tabulate` and `shift`.
    LabelError
        A template cannot be used; or a label claims what is not annotated, is too long, or is not in the variant.

    Notes
    -----
    The variance is that of the shifts as they are: some of it, most of all in the part of all three, is the noise of
    samples of images. Groups count alike, however many images they have.
    """
    rule = rule or Rule()
    named = _name_templates(templates)
    size = len(named) * len(variants)
    _check(label_sets, variants, size)
    cells: list[list[Shift]] = []
    for row in named.values():
        cells.append([])
        for variant in variants:
            pair = [predict(label_set.replace(templates=row), variant) for label_set in label_sets]
            _check_prompted(pair[0], len(named))
            cells[-1].append(shift(tabulate(people, by, *pair, where=where, rule=rule), rule, min_n))
            if progress is not None:
                progress(sum(map(len, cells)), size)
    rows = tuple(_gather([[cell.rows[g] for cell in line] for line in cells]) for g in range(len(cells[0][0].rows)))
    return ShiftGrid(
        templates=named,
        variants=tuple(cell.table.variants[0] for cell in cells[0]),
        cells=tuple(map(tuple, cells)),
        overall=_gather([[cell.overall for cell in line] for line in cells]),
        rows=rows,
        variance=_split(rows),
    )


def _name_templates(templates: Mapping[str, Sequence[str]] | Sequence[str]) -> dict[str, tuple[str, ...]]:
    if isinstance(templates, Mapping):
        return {name: tuple(row) for name, row in templates.items()}
    for template in templates:
        if list(templates).count(template) > 1:
            raise QueryError(f'The template "{template}" is named twice; once is enough.')
    return {template: (template,) for template in templates}


def _check(label_sets: Sequence[LabelSet], variants: Sequence[str | None], size: int) -> None:
    if len(label_sets) != 2:
        raise QueryError(f"A grid of shifts needs two label sets, before and after; {len(label_sets)} were given.")
    if not 1 <= size <= MOST_CELLS:
        raise QueryError(
            f"These templates and encoders make {size:,} cells; 1 to {MOST_CELLS:,} can be run. "
            + ("Leave some out." if size else "Name at least one of each.")
        )
    for variant in variants:
        if list(variants).count(variant) > 1:
            raise QueryError(f'The variant "{variant or "first"}" is named twice; once is enough.')


def _check_prompted(predictions: Predictions, rows: int) -> None:
    if rows > 1 and not predictions.prompted:
        raise QueryError(
            f'Templates do not apply to the variant "{predictions.variant}": its labels were embedded or scored before '
            "they came here. Leave the templates out, or the variant."
        )


def _gather(lines: Sequence[Sequence[GroupShift]]) -> GroupGrid:
    first = lines[0][0]
    shifts = tuple(tuple(cell.shift for cell in line if cell.shift is not None) for line in lines)
    if first.withheld:
        return GroupGrid(first.group, first.n, withheld=True)
    found = [each for line in shifts for each in line]
    same = [np.sign(each.value) == np.sign(found[0].value) for each in found]
    clear = [not each.low <= 0 <= each.high for each in found]
    both = sum(map(all, zip(same, clear, strict=True)))
    one_way = sum(cell.one_way is not None for line in lines for cell in line)
    return GroupGrid(first.group, first.n, False, shifts, int(sum(same)), sum(clear), both, one_way)


def _split(rows: Sequence[GroupGrid]) -> dict[tuple[str, ...], float]:
    shown = [[[each.value for each in line] for line in row.shifts] for row in rows if not row.withheld]
    if not shown:
        return {}
    parts = split_variance(np.moveaxis(np.array(shown), 0, -1))
    return {tuple(FACTORS[axis] for axis in axes): share for axes, share in parts.items()}
