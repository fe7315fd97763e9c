"""Label set files: TOML to a set and back, with sentences for whatever a file can get wrong."""

import errno
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from clipdash.errors import LabelError, suggest
from clipdash.labels.faults import describe_fault, name_kind
from clipdash.labels.label_set import Label, LabelSet
from clipdash.labels.wording import quote_text

MAX_BYTES = 8 * 1024 * 1024
_SET_KEYS = ("name", "version", "templates", "flagged", "label", "source", "note", "caution", "suggested")
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_SINGLE_TABLE = re.compile(r"^\s*\[\s*label\s*\]", re.MULTILINE)


def read_labels(path: str | Path) -> LabelSet:
    """Read a label set from a TOML file.

    Parameters
    ----------
    path : str or Path
        The file. Its stem is the set's name if it states none.

    Returns
    -------
    LabelSet
        The set.

    Raises
    ------
    LabelError
        If there is no such file, it is no TOML, or it holds no label set; the message names the file, the label and the
        key, what was expected and the nearest key, and `line` is the line of malformed TOML.
    """
    path = Path(path)
    return decode_labels(_read_content(path), str(path))


def decode_labels(content: bytes, name: str) -> LabelSet:
    """Read a label set from what a TOML file holds, with the same sentences as :func:`read_labels`.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : str
        Its name, or path; the set's name is the stem of it if the file states none.

    Returns
    -------
    LabelSet
        The set.

    Raises
    ------
    LabelError
        It is too large, no UTF-8, no TOML, or holds no label set.
    """
    text = _decode_text(content, name)
    try:
        return read_table(_read_toml(text), Path(name).stem)
    except LabelError as fault:
        raise LabelError(f"{name}: {fault}", fault.line) from None


def dump_labels(label_set: LabelSet) -> str:
    """Write a label set as TOML, which :func:`read_labels` reads back to an equal set.

    Parameters
    ----------
    label_set : LabelSet
        The set.

    Returns
    -------
    str
        The text of a file; write it as UTF-8.
    """
    fields = label_set.model_dump(mode="json", exclude_none=True, exclude={"labels"})
    labels = [label.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for label in label_set.labels]
    return tomli_w.dumps(_simplify_claims({**fields, "label": labels}))


def _simplify_claims(value: Any, key: str = "") -> Any:
    """Write a claim of one value as a text, as a person would, all the way down."""
    if isinstance(value, list):
        return [_simplify_claims(item) for item in value]
    if not isinstance(value, dict):
        return value
    if key in {"claims", "where"}:
        return {attribute: values[0] if len(values) == 1 else values for attribute, values in value.items()}
    return {name: _simplify_claims(item, name) for name, item in value.items()}


def _read_content(path: Path) -> bytes:
    if "\0" in str(path):
        raise LabelError(f"No label file can be named {quote_text(str(path))}: it holds a null character.")
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        held = suggest("", list_files(path))
        raise LabelError(f"{path} is a folder; expected a label file that ends in .toml. {held}") from None
    except PermissionError:
        raise LabelError(f"{path} may not be read; check who may read it.") from None
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}:
            raise
        found = suggest(path.name, list_files(path.parent))
        raise LabelError(f"There is no label file {quote_text(str(path))}. {found}") from None


def _decode_text(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise LabelError(f"{name} is larger than {MAX_BYTES // 1024**2} MiB; a label file is a small TOML text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LabelError(f"{name} is not UTF-8 text (see line {line}); save it as UTF-8.", line) from None


def list_files(folder: Path) -> list[str]:
    """Return the names of a folder's ``.toml`` files, sorted; none if it cannot be listed."""
    try:
        return sorted(file.name for file in folder.glob("*.toml"))
    except OSError:  # the folder may not exist, or not be listed by this user; this only completes a message
        return []


def _read_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise LabelError("This TOML is nested too deeply to be a label set.") from None
    except ValueError as error:  # TOMLDecodeError, or Python's own limit on the digits of a number
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        reason = _AT_LINE.sub("", str(error)).rstrip(".")
        place = f"Line {line}" if found else "A number"
        hint = " A label begins with [[label]], in two brackets." if _SINGLE_TABLE.search(text) else ""
        hint = " A text stands in quotation marks." if reason == "Invalid value" else hint
        message = f"{place} is malformed TOML: {reason[0].lower()}{reason[1:]}.{hint}"
        raise LabelError(message, line if found else None) from None


def read_table(data: Mapping[str, Any], stem: str) -> LabelSet:
    """Return the label set of a TOML table, named `stem` if it states no name; `LabelError` if it is none."""
    for key in data:
        if key not in _SET_KEYS:
            raise LabelError(f"The key {quote_text(key)} is unknown. {suggest(key, _SET_KEYS)}")
    fields = {"name": stem, **data}
    fields["labels"] = _read_entries(fields.pop("label", []))
    try:
        return LabelSet.model_validate(fields)
    except ValidationError as error:
        raise LabelError(describe_fault(error)) from None


def _read_entries(entries: Any) -> tuple[Label, ...]:
    if not isinstance(entries, list):
        raise LabelError(f'"label" is {name_kind(entries)}; begin each label with [[label]], in two brackets.')
    return tuple(_read_entry(number, entry) for number, entry in enumerate(entries, 1))


def _read_entry(number: int, entry: Any) -> Label:
    if not isinstance(entry, dict):
        raise LabelError(f'Label {number} is {name_kind(entry)}; expected [[label]] and below it text = "...".')
    text = entry.get("text")
    where = f"Label {number} ({quote_text(text)})" if isinstance(text, str) and text.strip() else f"Label {number}"
    try:
        return Label.model_validate(entry)
    except ValidationError as error:
        raise LabelError(f"{where}: {describe_fault(error)}") from None
    except LabelError as fault:
        raise LabelError(f"{where}: {fault}") from None
