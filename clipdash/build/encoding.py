"""The pass over the pictures: opened by a crew, encoded in batches, kept in shards that no interruption spoils."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clipdash.build.crew import hire_crew
from clipdash.build.opening import Opened, Task
from clipdash.build.plan import Plan
from clipdash.encoders import Encoder
from clipdash.errors import BuildError
from clipdash.store import SHARDS, Shard, ShardBatch, ShardFile, find_shard

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pass:
    """One pass over the pictures of a build.

    Parameters
    ----------
    plan : Plan
        What is to be done.
    folder : Path
        Where the shards are kept.
    ids : sequence of str, or mapping of int to str
        The image ids by row.
    encoders : mapping of str to Encoder
        By variant, in the order of the plan.
    workers : int
        Processes that open pictures.
    strict : bool
        Whether the first picture that cannot be used ends the build.
    progress : callable, optional
        Called with the rows done and all rows.
    encode : callable, optional
        Encodes the missing shards in place of this process, given the pass and their rows.
    """

    plan: Plan
    folder: Path
    ids: Sequence[str] | Mapping[int, str]
    encoders: Mapping[str, Encoder]
    workers: int
    strict: bool = False
    progress: Progress | None = None
    encode: "Callable[[Pass, Sequence[range]], None] | None" = None

    @property
    def task(self) -> Task:
        """What is done with every picture before it is encoded."""
        wishes = [encoder.spec.preprocess for encoder in self.encoders.values()]
        return Task(Path(self.plan.images), self.plan.thumbnail_size, wishes)

    @property
    def dims(self) -> Mapping[str, int]:
        """Floats a row of each variant."""
        return {name: encoder.spec.dim for name, encoder in self.encoders.items()}

    def locate(self, rows: range) -> Path:
        """Return the file of a shard."""
        return self.folder / SHARDS / f"{rows.start // self.plan.shard_rows:06d}.arrow"

    def find(self, rows: range) -> Shard | None:
        """Return a shard that is there whole."""
        return find_shard(self.locate(rows), self.dims, self.plan.digest, rows)

    def report(self, done: int) -> None:
        """Say how far the pass is."""
        if self.progress:
            self.progress(done, self.plan.rows)


def encode_pictures(work: Pass) -> list[Shard]:
    """Encode what is missing, and return all shards in order.

    Raises
    ------
    BuildError
        A picture cannot be used, and the pass is strict.
    EncoderError
        An encoder's weights are damaged.
    """
    (work.folder / SHARDS).mkdir(exist_ok=True)
    found = {rows: work.find(rows) for rows in work.plan.split_rows()}
    for rows, shard in found.items():
        _refuse_skipped(work, [] if shard is None else shard.skipped)
        if shard is None:
            work.locate(rows).with_suffix(".json").unlink(missing_ok=True)
    missing = [rows for rows, shard in found.items() if shard is None]
    if missing:
        (work.encode or _encode_missing)(work, missing)
    shards = [shard or work.find(rows) for rows, shard in found.items()]
    if None in shards:
        raise RuntimeError("a shard that was just written cannot be read back")
    return [shard for shard in shards if shard]


def _encode_missing(work: Pass, missing: Sequence[range]) -> None:
    done = work.plan.rows - sum(map(len, missing))
    work.report(done)
    with hire_crew(work.task, work.workers, ahead=2 * work.plan.batch) as open_pictures:
        opened = open_pictures(work.ids[row] for rows in missing for row in rows)
        for rows in missing:
            for count in encode_shard(work, rows, opened):
                done += count
                work.report(done)


def encode_shard(work: Pass, rows: range, opened: Iterator[Opened | str]) -> Iterator[int]:
    """Encode the pictures of one shard into its file; whichever process does it, the bytes are the same.

    Parameters
    ----------
    work : Pass
        With at least the ids of these rows.
    rows : range
        One of the plan's.
    opened : iterator of Opened or str
        What `open_picture` says of each, in order.

    Yields
    ------
    int
        The rows of each batch, when it is done; after the last one the shard is there.
    """
    skipped: list[tuple[int, str]] = []
    with ShardFile(work.locate(rows), work.dims) as file:
        for batch in work.plan.split_batches(rows):
            good, bad = _sort_out(batch, opened)
            _refuse_skipped(work, bad)
            skipped += bad
            if good:
                file.append(_encode_batch(work, good))
            yield len(batch)
        file.finish(work.plan.digest, rows, skipped)


def _sort_out(batch: range, opened: Iterator[Opened | str]) -> tuple[list[tuple[int, Opened]], list[tuple[int, str]]]:
    """Return (row, picture) of those that can be used, and (row, reason) of the others."""
    good: list[tuple[int, Opened]] = []
    bad: list[tuple[int, str]] = []
    for row in batch:
        answer = next(opened)
        if isinstance(answer, str):
            bad.append((row, answer))
        else:
            good.append((row, answer))
    return good, bad


def _encode_batch(work: Pass, good: Sequence[tuple[int, Opened]]) -> ShardBatch:
    pictures = [picture for _, picture in good]
    return ShardBatch(
        rows=np.array([row for row, _ in good], dtype=np.int64),
        checksums=np.frombuffer(b"".join(p.checksum for p in pictures), np.uint8).reshape(len(pictures), -1),
        vectors={
            name: encoder.encode_pixels(np.stack([p.pixels[place] for p in pictures]))
            for place, (name, encoder) in enumerate(work.encoders.items())
        },
        thumbnails=[p.thumbnail for p in pictures],
    )


def _refuse_skipped(work: Pass, skipped: Iterable[tuple[int, str]]) -> None:
    if not work.strict:
        return
    for row, reason in skipped:
        raise BuildError(
            f'"{work.ids[row]}" cannot be used: {reason}. Mend or remove it, or build without --strict to leave it out.'
        )
