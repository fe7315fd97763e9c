"""CSV files from outside, row by row as text: every fault names the file, the line and the value."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from pathlib import Path, PurePath
from typing import IO, Any

from clipdash.errors import FileError, QueryError

UTF8 = "utf-8"
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Upload:
    """A file that is held in memory, under the name that it had; it is read as a `Path` is, and never written.

    Parameters
    ----------
    name : str
        Stands in messages, and in the command that reads the file where it lies.
    content : bytes
        What it holds.
    """

    name: str
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def suffix(self) -> str:
        """The ending of its name, as of a `Path`."""
        return PurePath(self.name).suffix

    def open(self, encoding: str | None = None, newline: str | None = None) -> IO[str]:
        """Return its text, as `Path.open` does."""
        return TextIOWrapper(BytesIO(self.content), encoding=encoding, newline=newline)

    def read_bytes(self) -> bytes:
        """Return its content, as `Path.read_bytes` does."""
        return self.content

    def read_text(self, encoding: str | None = None) -> str:
        """Return its text, as `Path.read_text` does."""
        with self.open(encoding) as text:
            return text.read()


#: What tables are read from: a file on this machine, or one that was uploaded.
Readable = Path | Upload


@dataclass(frozen=True)
class Rows:
    """An open CSV file: the names in its head line, then its rows with the line that each ends in.

    Parameters
    ----------
    path : Path or Upload
        The file.
    names : tuple of str
        The columns, none without a name, no two alike.
    rows : iterator of (int, list of str)
        Line and cells, as many cells as columns; rows without any cell are passed over.
    """

    path: Readable
    names: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


@contextmanager
def open_rows(path: Readable, encoding: str = UTF8, expected: str = "the names of the columns") -> Iterator[Rows]:
    """Open a CSV file with a head line.

    Parameters
    ----------
    path : Path or Upload
        The file. A byte order mark is allowed.
    encoding : str
        How its bytes stand for characters.
    expected : str
        What the head line should hold, for the message where there is none.

    Yields
    ------
    Rows

    Raises
    ------
    FileError
        The file is missing, in another encoding, empty, ragged, or repeats or lacks the name of a column; also while
        the rows are read.
    QueryError
        There is no such encoding.
    """
    _check_encoding(encoding)
    try:
        with path.open(encoding="utf-8-sig" if _is_utf8_name(encoding) else encoding, newline="") as text:
            reader = csv.reader(text, strict=True)
            names = tuple(next(reader, ()))
            _check_head(path, names, expected)
            yield Rows(path, names, _read_rows(path, reader, len(names)))
    except UnicodeError:
        raise FileError(_describe_encoding(path, encoding)) from None
    except OSError as error:
        raise FileError(f"The file {path} cannot be read ({error.strerror}).") from None
    except csv.Error as error:
        raise FileError(f"{path} is not a CSV file that can be read: {error}.") from None


def _read_rows(path: Readable, reader: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    for row in reader:
        if not row:
            continue
        if len(row) != width:
            raise FileError(
                f'{path}: the row in line {reader.line_num} (it begins with "{row[0]}") has {len(row)} cells '
                f"where the head line has {width}."
            )
        yield reader.line_num, row


def _check_head(path: Readable, names: Sequence[str], expected: str) -> None:
    if not names:
        raise FileError(f"{path} is empty; expected a head line with {expected}.")
    for place, name in enumerate(names, 1):
        if not name.strip():
            raise FileError(f"{path}: column {place} of the head line has no name.")
        if names.index(name) != place - 1:
            raise FileError(f'{path}: the column "{name}" occurs more than once in the head line.')


def _is_utf8_name(encoding: str) -> bool:
    return codecs.lookup(encoding).name == UTF8


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise QueryError(f'There is no text encoding "{encoding}"; common ones are utf-8, cp1252 and utf-16.') from None


def _describe_encoding(path: Readable, encoding: str) -> str:
    content = path.read_bytes()
    if not _is_utf8_name(encoding):
        return f"{path} is not text in the encoding {encoding}. Save it again as UTF-8, or name its own encoding."
    likely = _guess_encoding(content)
    line = next((n for n, part in enumerate(content.split(b"\n"), 1) if not _is_utf8(part)), 1)
    return (
        f"{path} is not UTF-8 text (see line {line}); it looks like {likely}. "
        f"Save it again as UTF-8, or name its encoding ({likely}) to a command that takes --encoding."
    )


def _guess_encoding(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
