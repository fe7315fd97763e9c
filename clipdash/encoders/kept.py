"""Embeddings of texts that this machine keeps between runs, in one SQLite file of bounded size.

Texts are stored as digests, vectors as bytes with a checksum. Nothing depends on the file: where it is missing, broken,
locked or full, what would be in it is computed anew.
"""

import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import find_data_folder, make_private

__all__ = ["find_kept", "find_texts", "keep_texts"]

_FILE = "texts.sqlite"
_MOST_BYTES = 256 * 2**20
_DROPPED = 8  # one in so many goes where there is no more room
_AT_ONCE = 500  # SQLite takes no more than 999 parameters everywhere
_PATIENCE = 2.0  # seconds
_TABLE = "create table if not exists texts (name blob unique not null, vector blob not null)"
_DROP = (
    "delete from texts where rowid in "
    "(select rowid from texts order by rowid limit (select 1 + count(*) / ? from texts))"
)
_PAGES = ("page_count", "freelist_count", "page_size")
_BROKEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_T = TypeVar("_T")

Vector = NDArray[np.float32]


def find_texts() -> Path:
    """Return the file of embeddings, in the folder that `find_data_folder` names."""
    return find_data_folder() / _FILE


def find_kept(key: str, texts: Sequence[str], dim: int) -> dict[str, Vector]:
    """Return those embeddings that are kept here, each of shape (D,) float32.

    Parameters
    ----------
    key : str
        What identifies the encoder.
    texts : sequence of str
        Whole prompts.
    dim : int
        Width D; a vector of another width, or a damaged one, counts as missing.
    """
    named = {_name(key, text): text for text in texts}
    found = _run(lambda file: _select(file, list(named)), create=False) if find_texts().is_file() else None
    vectors = {named[name]: _unpack(content, dim) for name, content in (found or {}).items()}
    return {text: vector for text, vector in vectors.items() if vector is not None}


def keep_texts(key: str, vectors: Mapping[str, Vector]) -> None:
    """Keep embeddings (D,) of some texts by the encoder that `key` identifies; the oldest go where there is no room."""
    rows = [(_name(key, text), _pack(vector)) for text, vector in vectors.items()]
    _run(lambda file: _insert(file, rows), create=True)


def _select(file: sqlite3.Connection, names: Sequence[bytes]) -> dict[bytes, object]:
    found: dict[bytes, object] = {}
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        asked = f"select name, vector from texts where name in ({marks})"  # noqa: S608  # nosec B608  # question marks only
        found.update(file.execute(asked, part))
    return found


def _insert(file: sqlite3.Connection, rows: Sequence[tuple[bytes, bytes]]) -> None:
    with file:
        file.executemany("insert or replace into texts values (?, ?)", rows)
        if _measure(file) > _MOST_BYTES:
            file.execute(_DROP, (_DROPPED,))


def _name(key: str, text: str) -> bytes:
    return sha256(f"{key}\0{text}".encode("utf-8", "surrogatepass")).digest()


def _pack(vector: Vector) -> bytes:
    content = vector.astype("<f4").tobytes()
    return content + zlib.crc32(content).to_bytes(4, "little")


def _unpack(packed: object, dim: int) -> Vector | None:
    if not isinstance(packed, bytes) or len(packed) != 4 * (dim + 1):
        return None
    content, checksum = packed[:-4], packed[-4:]
    if zlib.crc32(content).to_bytes(4, "little") != checksum:
        return None
    return np.frombuffer(content, "<f4").astype(np.float32)


def _measure(file: sqlite3.Connection) -> int:
    """Return how many bytes of the file are in use."""
    pages, free, size = (file.execute(f"pragma {name}").fetchone()[0] for name in _PAGES)
    return int((pages - free) * size)


def _run(act: Callable[[sqlite3.Connection], _T], *, create: bool) -> _T | None:
    """Return what `act` does with the file, or None where it cannot be had, read or written."""
    try:
        path = find_texts()
        if create:
            make_private(path)
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as file:
            if create:
                file.execute("pragma journal_mode = wal")
                file.execute("pragma synchronous = normal")
                file.execute(_TABLE)
            return act(file)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) in _BROKEN:
            _remove()
        return None
    except (OSError, sqlite3.Error):
        return None


def _remove() -> None:
    """Remove a file that is no database any more, so that the next embeddings are kept in a new one."""
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            find_texts().with_name(f"{_FILE}{ending}").unlink(missing_ok=True)
