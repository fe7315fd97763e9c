"""Annotations in the layout of known data sets, read by what a data file says of the layout."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from clipdash.errors import FileError, QueryError, suggest
from clipdash.store.metadata import check_ids, frame_people, read_people
from clipdash.store.rows import UTF8, Readable, open_rows

_SIGNS = frozenset({"1", "-1"})
_OLDEST = "more than"


class Schema(BaseModel):
    """The layout of a data set's annotations.

    Parameters
    ----------
    name : str
        The data set's own name.
    layout : {"csv", "file names", "list"}
        A CSV with columns of its own names; values in the names of the pictures; or CelebA's list of 1 and -1.
    id : str
        CSV: the column that holds the image_id.
    columns : tuple of str
        CSV: the columns that are kept.
    pattern : str
        File names: a regular expression with a group an attribute.
    bands : tuple of str
        File names: what ages are put into, as ``3-9``; the last one may begin with ``more than``.
    rename : mapping of str to str
        List: names of attributes to change.
    values : mapping of str to mapping of str to str
        What a code means; ``other`` is for attributes that are not named.
    order : mapping of str to tuple of str
        Orders of values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    layout: Literal["csv", "file names", "list"]
    id: str = ""
    columns: tuple[str, ...] = ()
    pattern: str = ""
    bands: tuple[str, ...] = ()
    rename: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    order: Mapping[str, tuple[str, ...]] = {}


@cache
def list_schemas() -> Mapping[str, Schema]:
    """Return every known layout by its key, the stem of its file."""
    with resources.as_file(resources.files("clipdash") / "schemas") as folder:
        files = sorted(folder.glob("*.toml"))
        return {path.stem: Schema.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))) for path in files}


def read_annotations(
    path: Readable, schema: str | None = None, encoding: str = UTF8
) -> tuple[pd.DataFrame, Mapping[str, tuple[str, ...]]]:
    """Read annotations, in the layout of a known data set where one is named.

    Parameters
    ----------
    path : Path or Upload
        The file; for a layout of file names the folder of the pictures, or a text file with one name a line.
    schema : str, optional
        ``fairface``, ``utkface`` or ``celeba``; without, see `read_people`.
    encoding : str
        Of a text file.

    Returns
    -------
    people : DataFrame
        As `read_people` returns it.
    order : mapping of str to tuple of str
        Orders of values that the layout brings along.

    Raises
    ------
    QueryError
        There is no such layout.
    FileError
        The file does not have it.
    """
    if schema is None:
        return read_people(path, encoding), {}
    known = list_schemas()
    if schema not in known:
        raise QueryError(f'There is no schema "{schema}". {suggest(schema, known)}')
    layout = known[schema]
    read = {"csv": _read_csv, "file names": _read_names, "list": _read_list}[layout.layout]
    people = read(path, layout, encoding)
    present = {name: {*people[name].cat.categories} for name in layout.order if name in people.columns}
    order = {name: tuple(v for v in layout.order[name] if v in values) for name, values in present.items()}
    return people, {name: values for name, values in order.items() if set(values) == present[name]}


def _read_csv(path: Readable, layout: Schema, encoding: str) -> pd.DataFrame:
    needed = (layout.id, *layout.columns)
    with open_rows(path, encoding, ", ".join(needed)) as file:
        for name in needed:
            if name not in file.names:
                raise FileError(f'{path} has no column "{name}", as {layout.name} has. {suggest(name, file.names)}')
        rows = [row for _, row in file.rows]
    ids = [row[file.names.index(layout.id)] for row in rows]
    check_ids(path, ids)
    return frame_people(ids, {name: [row[file.names.index(name)] for row in rows] for name in layout.columns})


def _read_names(path: Readable, layout: Schema, encoding: str) -> pd.DataFrame:
    pattern = re.compile(layout.pattern)
    names = list(_list_names(path, encoding))
    found = [(name, match) for name in names if (match := pattern.fullmatch(name.rsplit("/", 1)[-1]))]
    if not found:
        raise FileError(f"{path}: none of its {len(names):,} names is written as {layout.name} writes them.")
    columns = {
        attribute: [_read_value(layout, attribute, match[attribute]) for _, match in found]
        for attribute in pattern.groupindex
    }
    ids = [name for name, _ in found]
    check_ids(path, ids)
    return frame_people(ids, columns)


def _list_names(path: Readable, encoding: str) -> Iterator[str]:
    try:
        if isinstance(path, Path) and path.is_dir():
            yield from sorted(item.relative_to(path).as_posix() for item in path.rglob("*") if item.is_file())
        else:
            yield from filter(None, map(str.strip, path.read_text(encoding=encoding).splitlines()))
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeError:
        raise FileError(f"{path} is not text in the encoding {encoding}.") from None


def _read_value(layout: Schema, attribute: str, code: str) -> str:
    if attribute in layout.values:
        return layout.values[attribute].get(code, "")
    age = int(code)
    for band in layout.bands:
        low, _, high = band.partition("-")
        if band.startswith(_OLDEST) or int(low) <= age <= int(high):
            return band
    return ""


def _read_list(path: Readable, layout: Schema, encoding: str) -> pd.DataFrame:
    lines = [line.split() for line in _list_names(path, encoding)]
    head = lines[1] if len(lines) > 1 and len(lines[0]) == 1 else []
    if not head:
        raise FileError(f"{path} is not written as {layout.name} writes it: a count, a line of names, then the images.")
    ids: list[str] = []
    columns: dict[str, list[str]] = {layout.rename.get(name, name): [] for name in head}
    for number, line in enumerate(lines[2:], 3):
        if len(line) != len(head) + 1 or not set(line[1:]) <= _SIGNS:
            raise FileError(f"{path}: line {number} does not hold a name and {len(head)} times 1 or -1.")
        ids.append(line[0])
        for (attribute, cells), sign in zip(columns.items(), line[1:], strict=True):
            cells.append(layout.values.get(attribute, layout.values["other"])[sign])
    check_ids(path, ids)
    return frame_people(ids, columns)
