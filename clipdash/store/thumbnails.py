"""Thumbnails on disk: an Arrow file with one WebP a row, memory-mapped."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from clipdash.store.arrow import UNREADABLE
from clipdash.store.manifest import THUMBS, DamageError

_ROWS_A_BATCH = 1024
_SCHEMA = pa.schema([pa.field("thumb", pa.binary())])


class ThumbnailFile:
    """A file of thumbnails under construction; it holds at most one batch of them in memory.

    Parameters
    ----------
    path : Path
        The file, which is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._pending: list[bytes | None] = []
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._sink, _SCHEMA)

    def append(self, thumbnails: Iterable[bytes | None]) -> None:
        """Append the next rows; None where an image has no thumbnail."""
        for thumbnail in thumbnails:
            self._pending.append(thumbnail)
            self.rows += 1
            if len(self._pending) == _ROWS_A_BATCH:
                self._flush()

    def close(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        self._writer.close()
        self._sink.close()

    def discard(self) -> None:
        """Close the file as it is."""
        self._sink.close()

    def _flush(self) -> None:
        if self._pending:
            self._writer.write_batch(pa.record_batch([pa.array(self._pending, pa.binary())], schema=_SCHEMA))
            self._pending.clear()


def map_thumbnails(buffer: Any, rows: int) -> Any:
    """Return the column of thumbnails over the mapped bytes of the file; nothing is copied.

    Raises
    ------
    DamageError
        The bytes are not such a file, or another number of rows than the manifest promises.
    """
    try:
        table = pa.ipc.open_file(pa.BufferReader(buffer)).read_all()
        table.validate(full=True)  # a damaged offset would otherwise be followed out of the file
        fits = table.schema == _SCHEMA and table.num_rows == rows
    except UNREADABLE:
        raise DamageError(f"{THUMBS} is not an Arrow file that can be read") from None
    if not fits:
        raise DamageError(f"{THUMBS} does not hold one thumbnail for each of the {rows} images")
    return table.column(0)
