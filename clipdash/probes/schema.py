"""What a probe says of a published experiment: its tables, the label sets, and what explains a difference."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from clipdash.errors import ProbeError
from clipdash.labels import Claims, LabelSet, read_preset
from clipdash.labels.files import read_table
from clipdash.labels.label_set import ClaimsField, Frozen, Texts

__all__ = ["BLANK", "SET_KEYS", "Differences", "ProbeSet", "PublishedRow", "PublishedTable", "Unit", "Words"]

#: Stands in a row of a published table where nothing is printed.
BLANK = ""
Unit = Literal["percent", "points", "count"]
Words = Literal["published", "described", "ours"]


def _check_values(values: Any) -> tuple[float | None, ...]:
    """Return the values of a row; a blank cell as None."""
    fit = isinstance(values, list | tuple) and all(
        value == BLANK or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values
    )
    if not fit:
        raise ValueError("not a list of numbers")
    return tuple(None if value == BLANK else float(value) for value in values)


def _tuple_values(groups: Any) -> Any:
    """Return the values that stand for each column as tuples; a single text stands for one value."""
    fit = isinstance(groups, list | tuple) and all(
        isinstance(group, str) or (isinstance(group, list | tuple) and all(isinstance(value, str) for value in group))
        for group in groups
    )
    if not fit:
        raise ValueError("not a list of values")
    return tuple((group,) if isinstance(group, str) else tuple(group) for group in groups)


_Values = Annotated[Any, AfterValidator(_check_values)]
_Groups = Annotated[Any, AfterValidator(_tuple_values)]


class Differences(Frozen):
    """The fixed list of what explains a difference between a published figure and one computed here."""

    images: str
    crop: str
    weights: str
    template: str
    wording: str


class PublishedRow(Frozen):
    """A row of a published table.

    Parameters
    ----------
    name : str
        As it is called there, or in words.
    values : tuple of float or None
        One a column, in the unit of the table; in the file `BLANK` stands where nothing is printed.
    note : str
        What a reader must know.
    run, figure : str
        The run whose result stands beside the row, and which figure of it: a rule or an outcome of ``rates``,
        ``before``, ``after`` or ``shift``, ``accuracy``, or what another kind names. Empty: nothing stands beside it.
    within : mapping of str to tuple of str
        The groups of that run that the row is about.
    """

    name: str
    values: _Values
    note: str = ""
    run: str = ""
    figure: str = ""
    within: ClaimsField = Claims()


class PublishedTable(Frozen):
    """A published table.

    Parameters
    ----------
    title, source, link : str
        What it shows; the paper and the number of its table; its address.
    unit : {"percent", "points", "count"}
        Of every value.
    groups : tuple of str
        The columns.
    rows : tuple of PublishedRow
        The rows.
    group_attribute : str
        The attribute of a store that the columns stand for, if any.
    group_values : tuple of tuple of str
        The values of it that each column stands for: several are pooled, none means that no group of a store is it.
    drawn : tuple of str
        The rows that the chart of a card draws, one or two; by default the first two.
    arithmetic : bool
        Whether the values are differences of printed figures, worked out by clipdash.
    note : str
        What a reader must know.
    """

    title: str
    source: str
    link: str
    unit: Unit
    groups: Texts
    rows: Annotated[tuple[PublishedRow, ...], Field(strict=False)]
    group_attribute: str = ""
    group_values: _Groups = ()
    drawn: Texts = ()
    arithmetic: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _check_shape(self) -> "PublishedTable":
        columns = len(self.groups)
        for row in self.rows:
            if len(row.values) != columns:
                raise ProbeError(f'The row "{row.name}" holds {len(row.values)} values; expected {columns}, as groups.')
            strange = [value for value in row.values if self.unit == "percent" and value and not 0 <= value <= 100]
            if strange and not self.arithmetic:
                raise ProbeError(f'The row "{row.name}" holds {strange[0]} percent; expected 0 to 100.')
        if self.group_values and len(self.group_values) != columns:
            raise ProbeError(f'"group_values" holds {len(self.group_values)} entries; expected {columns}, as groups.')
        if bool(self.group_attribute) != bool(self.group_values):
            raise ProbeError('"group_attribute" and "group_values" go together; one of them is missing.')
        names = [row.name for row in self.rows]
        unknown = next((name for name in self.drawn if name not in names), None)
        if unknown is not None:
            raise ProbeError(f'"drawn" names the row "{unknown}", which the table does not have.')
        return self

    @property
    def shown(self) -> tuple[PublishedRow, ...]:
        """The rows that the chart of a card draws."""
        return tuple(row for row in self.rows if row.name in self.drawn) if self.drawn else self.rows[:2]


class ProbeSet(Frozen):
    """A label set of a probe.

    Parameters
    ----------
    key : str
        By which the runs name it.
    words : {"published", "described", "ours"}
        Whether the exact words are printed in the source that the note names, are ours for classes that it describes,
        or are ours altogether.
    label_set : LabelSet
        The set: a preset, or what stands in the file itself.
    note : str
        Where the words come from.
    """

    key: str
    words: Words
    label_set: LabelSet
    note: str

    @model_validator(mode="before")
    @classmethod
    def _build(cls, fields: Any) -> Any:
        return _build_set(fields) if isinstance(fields, Mapping) else fields


_INLINE = ("label", "templates", "flagged", "caution", "name")
#: Keys of a set in a file that stand for its labels.
SET_KEYS = (*_INLINE, "preset")


def _build_set(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put a preset, or the labels that stand in the file, in the place of the keys that name them."""
    rest = {name: value for name, value in fields.items() if name not in SET_KEYS}
    said = {name: fields[name] for name in _INLINE if name in fields}
    if "label_set" in fields or ("preset" not in fields and "label" not in fields):
        return dict(fields)
    if "preset" in fields:
        if said:
            raise ProbeError(f'A preset brings all of a set, so "{next(iter(said))}" has no place beside it.')
        return rest | {"label_set": read_preset(str(fields["preset"])).label_set}
    return rest | {"label_set": read_table(said, str(fields.get("key")))}
