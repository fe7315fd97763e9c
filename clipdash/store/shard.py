"""A part of a store under construction: the images of some rows of the metadata, in one file with its checksum.

``00012.arrow`` holds a record batch for each batch of images, ``00012.json`` its checksum and what was left out. The
second is written last and at once, so a shard is there whole or not at all, however its process ended.
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from clipdash.store.arrow import UNREADABLE
from clipdash.store.integrity import measure_file
from clipdash.store.manifest import CHECKSUM_BYTES, FileEntry
from clipdash.store.specs import Model
from clipdash.store.vectors import Vectors

_PARTIAL = ".partial"


class ShardEntry(Model):
    """What ``00012.json`` says of a shard.

    Parameters
    ----------
    plan : str
        Digest of the plan of the build that it belongs to.
    start, stop : int
        Rows of the metadata, the second not included.
    skipped : tuple of (int, str)
        Row and reason of what was left out.
    file : FileEntry
        Checksum and size of the other file.
    """

    plan: str
    start: int
    stop: int
    skipped: tuple[tuple[int, str], ...]
    file: FileEntry


@dataclass(frozen=True)
class ShardBatch:
    """Images that were encoded at once.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Of the metadata.
    checksums : ndarray of uint8, shape (n, 16)
        Of the files of the pictures.
    vectors : mapping of str to ndarray of float32, shape (n, D)
        By variant.
    thumbnails : sequence of n bytes or None
    """

    rows: NDArray[np.int64]
    checksums: NDArray[np.uint8]
    vectors: Mapping[str, Vectors]
    thumbnails: Sequence[bytes | None]


class ShardFile:
    """A shard under construction, as a context; left without `finish`, nothing remains of it.

    Parameters
    ----------
    path : Path
        The file, ending in ``.arrow``.
    dims : mapping of str to int
        Floats a row of each variant.
    """

    def __init__(self, path: Path, dims: Mapping[str, int]) -> None:
        self._path, self._dims = path, dims
        # A name of its own: a process that was given up for dead may still write beside the one that replaced it.
        self._partial = path.with_suffix(f".{socket.gethostname()}-{os.getpid()}{_PARTIAL}")
        self._schema = _make_schema(dims)

    def __enter__(self) -> Self:
        self._sink = pa.OSFile(str(self._partial), "wb")
        self._writer = pa.ipc.new_file(self._sink, self._schema)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.close()
        self._partial.unlink(missing_ok=True)

    def append(self, batch: ShardBatch) -> None:
        """Append the images that were encoded at once."""
        columns = [
            pa.array(batch.rows, pa.int64()),
            pa.array([row.tobytes() for row in batch.checksums], pa.binary(CHECKSUM_BYTES)),
            pa.array(batch.thumbnails, pa.binary()),
            *(
                pa.FixedSizeListArray.from_arrays(pa.array(batch.vectors[name].reshape(-1), pa.float32()), dim)
                for name, dim in self._dims.items()
            ),
        ]
        self._writer.write_batch(pa.record_batch(columns, schema=self._schema))

    def finish(self, plan: str, rows: range, skipped: Sequence[tuple[int, str]]) -> None:
        """Give the shard its name and its checksum; from here on it counts."""
        self._writer.close()
        self._sink.close()
        entry = measure_file(self._partial)
        self._partial.replace(self._path)
        said = ShardEntry(plan=plan, start=rows.start, stop=rows.stop, skipped=tuple(skipped), file=entry)
        write_whole(self._path.with_suffix(".json"), said.model_dump_json().encode())


@dataclass(frozen=True)
class Shard:
    """A shard that is there whole.

    Parameters
    ----------
    path : Path
        Its file.
    dims : mapping of str to int
        Floats a row of each variant.
    skipped : tuple of (int, str)
        Row of the metadata and reason of what was left out.
    """

    path: Path
    dims: Mapping[str, int]
    skipped: tuple[tuple[int, str], ...]

    def forget(self) -> None:
        """Let it count no more, so that it is made again."""
        self.path.with_suffix(".json").unlink(missing_ok=True)

    def split_batches(self) -> Iterator[ShardBatch]:
        """Yield what was appended, over the mapped file."""
        with pa.memory_map(str(self.path)) as source:
            file = pa.ipc.open_file(source)
            for place in range(file.num_record_batches):
                rows, checksums, thumbnails, *vectors = file.get_batch(place).columns
                yield ShardBatch(
                    rows.to_numpy(),
                    np.frombuffer(b"".join(checksums.to_pylist()), np.uint8).reshape(-1, CHECKSUM_BYTES),
                    {
                        name: column.flatten().to_numpy().reshape(-1, dim)
                        for (name, dim), column in zip(self.dims.items(), vectors, strict=True)
                    },
                    thumbnails.to_pylist(),
                )


def find_shard(path: Path, dims: Mapping[str, int], plan: str, rows: range) -> Shard | None:
    """Return a shard that is there whole, after comparing its checksum; None where it is to be made (again).

    Parameters
    ----------
    path : Path
        Its file, ending in ``.arrow``.
    dims : mapping of str to int
        Floats a row of each variant.
    plan : str
        Digest of the plan that it must belong to.
    rows : range
        Rows of the metadata that it must cover.
    """
    try:
        said = ShardEntry.model_validate_json(path.with_suffix(".json").read_bytes())
        with pa.memory_map(str(path)) as source:
            fits = said.file == measure_file(path) and pa.ipc.open_file(source).schema == _make_schema(dims)
    except (*UNREADABLE, ValidationError):
        return None
    fits = fits and (said.plan, said.start, said.stop) == (plan, rows.start, rows.stop)
    return Shard(path, dims, said.skipped) if fits else None


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    partial = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}{_PARTIAL}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _make_schema(dims: Mapping[str, int]) -> Any:
    fields = [("row", pa.int64()), ("checksum", pa.binary(CHECKSUM_BYTES)), ("thumbnail", pa.binary())]
    return pa.schema([*fields, *((f"vectors/{name}", pa.list_(pa.float32(), dim)) for name, dim in dims.items())])
