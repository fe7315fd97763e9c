"""Annotations on disk: ``people.parquet``, one row an image, one dictionary-encoded column an attribute."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clipdash.errors import StoreError, suggest
from clipdash.store.about import About
from clipdash.store.arrow import UNREADABLE
from clipdash.store.manifest import PEOPLE, Attribute, DamageError

IMAGE_ID = "image_id"


def sort_values(values: Sequence[str]) -> tuple[str, ...]:
    """Return the values in natural order: 3-9 before 10-19, letters regardless of case.

    Examples
    --------
    >>> sort_values(["10-19", "more than 70", "3-9", "0-2"])
    ('0-2', '3-9', '10-19', 'more than 70')
    """
    return tuple(sorted(values, key=_natural_key))


def _natural_key(value: str) -> tuple[list[tuple[int, int, str]], str]:
    # A number compares by its length and then its digits, which holds for numbers of any length.
    parts = re.split(r"([0-9]+)", value)
    digits = [part.lstrip("0") if place % 2 else part.casefold() for place, part in enumerate(parts)]
    return [
        (0, len(part), part) if place % 2 else (1, 0, part) for place, part in enumerate(digits) if part or place % 2
    ], value


def order_people(people: pd.DataFrame, about: About, order: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the annotations with one Categorical an attribute, whose categories are the values that occur, in order.

    Parameters
    ----------
    people : DataFrame
        Indexed by image_id; columns of str or categories of str. The empty string and missing values are missing.
    about : About
        What is said of attributes, orders of their values among it.
    order : mapping of str to sequence of str
        Orders of values that take precedence; without any, values have their natural order.

    Returns
    -------
    DataFrame
        With `ordered` set on the columns whose order was given.

    Raises
    ------
    StoreError
        An id or attribute is repeated, empty or not text, an order does not fit the values, or an attribute that
        `about` or `order` names does not exist.
    """
    _check_ids(people.index)
    names = list(people.columns)
    _check_attributes(names)
    orders = {name: said.order for name, said in about.attributes.items() if said.order is not None} | dict(order)
    for what, name in [("attribute", name) for name in [*about.attributes, *order]] + [("cluster", about.cluster)]:
        if name is not None and name not in names:
            raise StoreError(f'The {what} "{name}" is not among the columns of the metadata. {suggest(name, names)}')
    columns = {name: _order_column(name, people[name], orders.get(name)) for name in names}
    return pd.DataFrame(columns, index=pd.Index(people.index.astype("str"), name=IMAGE_ID))


def _check_ids(ids: "pd.Index[Any]") -> None:
    if not len(ids):
        raise StoreError("There is no image to write a store of.")
    if not all(isinstance(image_id, str) and image_id for image_id in ids):
        raise StoreError(
            "Every image needs an image_id that is text and not empty; they are the index of the annotations."
        )
    if not ids.is_unique:
        raise StoreError(f'The image_id "{ids[ids.duplicated()][0]}" occurs more than once; each may occur once.')


def _check_attributes(names: Sequence[Any]) -> None:
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise StoreError("Every attribute needs a name that is text and not empty.")
    for name in names:
        if name == IMAGE_ID or names.count(name) > 1:
            reason = "is the name of the column of ids" if name == IMAGE_ID else "occurs more than once"
            raise StoreError(f'The attribute name "{name}" {reason}; give the attribute another name.')


def _order_column(name: str, column: "pd.Series[Any]", order: Sequence[str] | None) -> pd.Categorical:
    codes, found = pd.factorize(column.astype(object).where(column.notna() & (column != ""), None))
    values = list(found)
    if not all(isinstance(value, str) for value in values):
        raise StoreError(f'The attribute "{name}" holds values that are not text; turn them into text first.')
    categories = sort_values(values) if order is None else _apply_order(name, values, order)
    place = {value: i for i, value in enumerate(categories)}
    moved = np.array([*(place[value] for value in values), -1], dtype=np.int32)
    return pd.Categorical.from_codes(
        moved[codes], categories=pd.Index(categories, dtype="str"), ordered=order is not None
    )


def _apply_order(name: str, values: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    repeated = [value for i, value in enumerate(order) if value in order[:i]]
    if repeated:
        raise StoreError(f'The order of "{name}" names "{repeated[0]}" twice; each value belongs in it once.')
    left_out = sort_values(list(set(values) - set(order)))
    if left_out:
        raise StoreError(
            f'The order of "{name}" leaves out {len(left_out)} of the values that occur, first "{left_out[0]}". '
            f"{suggest(left_out[0], order)}"
        )
    present = set(values)
    return tuple(value for value in order if value in present)


def list_attributes(people: pd.DataFrame, about: About) -> tuple[Attribute, ...]:
    """Return the manifest's entry for each column of annotations that `order_people` made."""
    derived = {name: said.derived for name, said in about.attributes.items()}
    return tuple(
        Attribute(
            name=name,
            values=tuple(people[name].cat.categories),
            ordered=bool(people[name].cat.ordered),
            derived=derived.get(name),
        )
        for name in people.columns
    )


def write_people(path: Path, people: pd.DataFrame) -> None:
    """Write annotations that `order_people` made; the same annotations give the same bytes."""
    columns = {IMAGE_ID: pa.array(people.index.tolist(), pa.string())}
    for name in people.columns:
        codes = people[name].cat.codes.to_numpy().astype(np.int32)
        values = pa.array(people[name].cat.categories.tolist(), pa.string())
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values)
    pq.write_table(pa.table(columns), str(path), compression="zstd")


def read_buffered_people(buffer: Any, attributes: Sequence[Attribute], images: int) -> pd.DataFrame:
    """Return the annotations that the bytes of ``people.parquet`` hold.

    Parameters
    ----------
    buffer : pyarrow.Buffer
        The content of the file.
    attributes : sequence of Attribute
        The columns that the manifest promises, with their values in order.
    images : int
        The number of rows that it promises.

    Returns
    -------
    DataFrame
        Indexed by image_id, one Categorical an attribute; missing is NaN.

    Raises
    ------
    DamageError
        The bytes are not a Parquet file, or hold something else than the manifest says.
    """
    try:
        table = pq.read_table(pa.BufferReader(buffer))
        table.validate(full=True)  # a flipped byte may have made text that is not UTF-8
        fits = table.schema.equals(_make_schema(attributes)) and table.num_rows == images
    except UNREADABLE:
        raise DamageError(f"{PEOPLE} is not a Parquet file that can be read") from None
    if not fits:
        raise DamageError(f"{PEOPLE} does not hold the {images} rows and the columns that the manifest names")
    return _frame_table(table, attributes)


def read_people_rows(source: Any, attributes: Sequence[Attribute], images: int, rows: range) -> pd.DataFrame:
    """Return the annotations of some rows; of the file only the row groups that hold them are read.

    Parameters
    ----------
    source : file
        ``people.parquet``, open for reading at any place.
    attributes, images
        As `read_buffered_people` takes them.
    rows : range
        Consecutive rows, perhaps none.

    Returns
    -------
    DataFrame
        As `read_buffered_people` returns it, with all categories, whichever values occur.

    Raises
    ------
    DamageError
        As there.
    """
    try:
        with pq.ParquetFile(source) as file:
            counts = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
            starts = np.cumsum([0, *counts])
            groups = [n for n, count in enumerate(counts) if starts[n] < rows.stop and rows.start < starts[n] + count]
            table = file.read_row_groups(groups)
        table.validate(full=True)
        fits = table.schema.equals(_make_schema(attributes)) and sum(counts) == images
    except UNREADABLE:
        raise DamageError(f"{PEOPLE} is not a Parquet file that can be read") from None
    if not fits:
        raise DamageError(f"{PEOPLE} does not hold the {images} rows and the columns that the manifest names")
    first = rows.start - (int(starts[groups[0]]) if groups else rows.start)
    return _frame_table(table.slice(first, len(rows)), attributes)


def _frame_table(table: Any, attributes: Sequence[Attribute]) -> pd.DataFrame:
    columns = {attribute.name: _read_column(table.column(attribute.name), attribute) for attribute in attributes}
    ids = pd.Index(table.column(IMAGE_ID).to_pylist(), dtype="str", name=IMAGE_ID)
    return pd.DataFrame(columns, index=ids)


def _make_schema(attributes: Sequence[Attribute]) -> Any:
    kind = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([(IMAGE_ID, pa.string()), *((attribute.name, kind) for attribute in attributes)])


def _read_column(column: Any, attribute: Attribute) -> pd.Categorical:
    merged = column.unify_dictionaries().combine_chunks()
    codes = merged.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    place = {value: i for i, value in enumerate(attribute.values)}
    moved = np.array([*(place.get(value, -2) for value in merged.dictionary.to_pylist()), -1], dtype=np.int32)[codes]
    if (moved == -2).any():
        raise DamageError(f'{PEOPLE} holds values of "{attribute.name}" that the manifest does not name')
    categories = pd.Index(attribute.values, dtype="str")
    return pd.Categorical.from_codes(moved, categories=categories, ordered=attribute.ordered)
