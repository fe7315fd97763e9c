"""Which images a page of images shows, as one frozen value, and its form in an address beside the question's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from clipdash.audit import Cell
from clipdash.audit.cell import Change, Order
from clipdash.audit.rule import OUTCOMES
from clipdash.errors import QueryError, suggest

__all__ = ["PREFIX", "Drill", "read_drill", "write_drill"]

#: Begins the name of every parameter of an address that says which images are shown.
PREFIX = "drill."
_GROUP = f"{PREFIX}group."
Source = Literal["labels", "shift"]
#: The words of an address for what became of an image; none of them says that a change was good.
_CHANGES: dict[str, Change] = {
    "moved": "moved",
    "stayed": "stayed",
    "no-longer": "fixed",
    "newly": "broken",
    "counted": "counted",
}
_FIELDS = {
    "of": "of",
    "from": "before",
    "to": "after",
    "outcome_before": "outcome_before",
    "outcome": "outcome",
    "change": "change",
    "sort": "sort",
    "image": "image",
}
_OPTIONS: dict[str, Sequence[str]] = {
    "of": get_args(Source),
    "outcome_before": OUTCOMES,
    "outcome": OUTCOMES,
    "change": tuple(_CHANGES),
    "sort": get_args(Order),
}


class Drill(BaseModel):
    """The images behind a figure, or one image.

    Parameters
    ----------
    of : {"labels", "shift"}, optional
        The page of the figure: of the first list, or of both. None where one image alone is shown.
    group : mapping of str to str
        What the images are annotated as.
    before, after : str, optional
        Their label under the first list, and under the second.
    outcome_before : str, optional
        Their outcome under the first list, where there are two.
    change : str, optional
        As of a `Cell`.
    outcome : str, optional
        Their outcome under the last list.
    sort : {"closest", "surest", "store"}
        The order of the images.
    image : str, optional
        The image_id of the one that is looked at closely.
    """

    model_config = ConfigDict(frozen=True)

    of: Source | None = None
    group: Mapping[str, str] = {}
    before: str | None = None
    after: str | None = None
    outcome_before: str | None = None
    change: Change | None = None
    outcome: str | None = None
    sort: Order = "closest"
    image: str | None = None

    def change_to(self, **fields: Any) -> "Drill":
        """Return a drill with some fields changed."""
        return Drill(**(dict(self) | fields))

    @property
    def cell(self) -> Cell:
        """The images before `outcome` picks among them."""
        return Cell(self.group, self.before, self.after, outcome_before=self.outcome_before, change=self.change)


def write_drill(drill: Drill) -> dict[str, list[str]]:
    """Return the query parameters of a drill, to stand beside those of `write_address`; what is usual is left out.

    Examples
    --------
    >>> write_drill(Drill(of="shift", group={"age": "child"}, change="fixed"))
    {'drill.of': ['shift'], 'drill.group.age': ['child'], 'drill.change': ['no-longer']}
    """
    said = {name: getattr(drill, field) for name, field in _FIELDS.items()}
    said["change"] = next((word for word, change in _CHANGES.items() if change == drill.change), None)
    said["sort"] = None if drill.sort == "closest" else drill.sort
    address = {f"{PREFIX}{name}": [value] for name, value in said.items() if value is not None}
    groups = {f"{_GROUP}{attribute}": [value] for attribute, value in drill.group.items()}
    source = {name: address.pop(name) for name in (f"{PREFIX}of",) if name in address}
    return source | groups | address


def read_drill(address: Mapping[str, Sequence[str]]) -> Drill | None:
    """Read which images an address asks for; None where it asks for none.

    Parameters
    ----------
    address : mapping of str to sequence of str
        Query parameters; those of other names are left alone.

    Raises
    ------
    QueryError
        If a parameter of a drill is unknown, given twice, or has a value that it cannot have, or the page is missing.
    """
    said = {name.removeprefix(PREFIX): values for name, values in address.items() if name.startswith(PREFIX)}
    if not said:
        return None
    fields = dict(_read_fields(said))
    if "of" not in fields and set(fields) != {"image"}:
        raise QueryError('This link names images of no page; expected "drill.of=shift" or "drill.of=labels" in it.')
    return Drill(**fields)


def _read_fields(said: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Any]]:
    group = {}
    for name, values in said.items():
        if len(values) != 1:
            raise QueryError(f'This link has "{PREFIX}{name}" {len(values)} times; once is enough.')
        if name.startswith("group."):
            group[name.removeprefix("group.")] = values[0]
        elif name not in _FIELDS:
            known = [f"{PREFIX}{field}" for field in (*_FIELDS, "group.ATTRIBUTE")]
            raise QueryError(f'This link has an unknown "{PREFIX}{name}". {suggest(PREFIX + name, known)}')
        else:
            yield _FIELDS[name], _read_value(name, values[0])
    if group:
        yield "group", group


def _read_value(name: str, value: str) -> str:
    options = _OPTIONS.get(name)
    if options is not None and value not in options:
        raise QueryError(f'This link has "{PREFIX}{name}={value}", which cannot be. {suggest(value, options)}')
    return _CHANGES[value] if name == "change" else value
