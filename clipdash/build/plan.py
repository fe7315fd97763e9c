"""The plan of a build: what its result depends on, kept beside its shards so that only the same build goes on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from clipdash.errors import BuildError
from clipdash.store import PLAN, write_whole

_ROWS_A_SHARD = 512
_WORDS = {
    "images": "folder of images",
    "ids": "image ids in the metadata",
    "batch": "batch",
    "shard_rows": "number of shards",
    "thumbnail_size": "thumbnail size",
    "encoders": "encoders",
}


class EncoderPlan(BaseModel):
    """An encoder of a plan: variant, digest of its spec, and how it computes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variant: str
    digest: str
    device: str
    precision: str


class Plan(BaseModel):
    """What the embeddings and thumbnails of a build depend on.

    The grid of batches is fixed by the metadata, whatever the number of shards: the same pictures always go through the
    model together, so the result is the same to the last bit.

    Parameters
    ----------
    images : str
        The folder of pictures.
    ids : str
        SHA-256 of the image ids in order.
    rows : int
        How many there are.
    batch : int
        Rows of the metadata a batch.
    shard_rows : int
        Rows of the metadata a shard; a multiple of `batch`.
    thumbnail_size : int or None
        Longest side in pixels.
    encoders : tuple of EncoderPlan
        In order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: str
    ids: str
    rows: int
    batch: int
    shard_rows: int
    thumbnail_size: int | None
    encoders: tuple[EncoderPlan, ...]

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of everything in it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def split_rows(self) -> tuple[range, ...]:
        """Return the rows of each shard."""
        return _cut(range(self.rows), self.shard_rows)

    def split_batches(self, rows: range) -> tuple[range, ...]:
        """Return the rows of each batch of a shard."""
        return _cut(rows, self.batch)

    def write(self, folder: Path) -> Self:
        """Keep the plan in a folder, and return it."""
        write_whole(folder / PLAN, self.model_dump_json(indent=1).encode())
        return self


def _cut(rows: range, size: int) -> tuple[range, ...]:
    return tuple(rows[start : start + size] for start in range(0, len(rows), size))


def digest_ids(ids: Sequence[str]) -> str:
    """Return the SHA-256 (hexadecimal) of image ids in order."""
    content = hashlib.sha256()
    for image_id in ids:
        content.update(f"{len(image_id)}:{image_id}".encode())
    return content.hexdigest()


def size_shards(rows: int, batch: int, shards: int | None) -> int:
    """Return the rows a shard: whole batches, about 512 rows, or so many that there are at most `shards`."""
    wanted = _ROWS_A_SHARD if shards is None else -(-rows // shards)
    return max(-(-wanted // batch), 1) * batch


def read_plan(folder: Path) -> Plan:
    """Return the plan that an interrupted build left.

    Raises
    ------
    BuildError
        It cannot be read.
    """
    try:
        return Plan.model_validate_json((folder / PLAN).read_bytes())
    except (OSError, ValidationError):
        raise BuildError(
            f"What an interrupted build left in {folder} cannot be read, so nothing can go on with it. "
            "Discard it with --replace."
        ) from None


def check_same(left: Plan, asked: Plan) -> None:
    """Raise `BuildError` where an interrupted build was another one than is asked for; the differences are named."""
    names = [name for name in _WORDS if getattr(left, name) != getattr(asked, name)]
    if names:
        words = [_WORDS[name] + _show(left, asked, name) for name in names]
        raise BuildError(
            f"The interrupted build was started otherwise: {', '.join(words)}. "
            "Give the same command again to go on with it, or discard it with --replace."
        )


def _show(left: Plan, asked: Plan, name: str) -> str:
    if name == "ids":
        return ""
    if name == "shard_rows":
        return f" ({len(left.split_rows())}, now {len(asked.split_rows())})"
    if name == "encoders":
        return f" ({_name_encoders(left)}; now {_name_encoders(asked)})"
    return f" ({getattr(left, name)}, now {getattr(asked, name)})"


def _name_encoders(plan: Plan) -> str:
    return ", ".join(f"{e.variant} [{e.digest[:8]}, {e.precision} on {e.device}]" for e in plan.encoders)
