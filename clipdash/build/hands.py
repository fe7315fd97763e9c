"""Shards encoded by processes that hold the model, one writer a shard, in a folder that all of them share."""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from clipdash.build.cluster import Job, open_engine
from clipdash.build.crew import hire_crew
from clipdash.build.encoding import Pass, encode_shard
from clipdash.build.plan import Plan, read_plan
from clipdash.build.request import BuildOptions
from clipdash.encoders import count_threads, read_encoder, set_threads
from clipdash.errors import BuildError
from clipdash.store import PLAN

_PATIENCE, _PAUSE = 60.0, 0.2  # seconds that a file may take from one machine of a shared file system to another
Shared = tuple[range, Mapping[int, str]]


@dataclass(frozen=True)
class Order:
    """What a process must know to encode shards of a build; small, for it is sent to each.

    Parameters
    ----------
    plan : Plan
        What is to be done.
    folder : Path
        The shared folder of the shards.
    references : mapping of str to str
        Where to read the encoder of each variant from.
    threads : int
        That compute a batch; the last digits depend on it.
    workers : int
        Processes that open pictures.
    strict : bool
        Whether the first picture that cannot be used ends the build.
    """

    plan: Plan
    folder: Path
    references: Mapping[str, str]
    threads: int
    workers: int
    strict: bool


@dataclass(frozen=True)
class Done:
    """What a process says of a shard that it wrote: where it ran, and for how many seconds."""

    host: str
    seconds: float


class ShardEncoder:
    """Encodes one shard after the other; made once in each process, with the encoders loaded.

    Parameters
    ----------
    order : Order
        What is to be done.

    Raises
    ------
    BuildError
        The folder of the shards is not shared with this machine, or an encoder here is another one.
    """

    def __init__(self, order: Order) -> None:
        _check_shared(order)
        set_threads(order.threads)
        encoders = {
            wanted.variant: read_encoder(
                order.references[wanted.variant], device=wanted.device, precision=wanted.precision
            )
            for wanted in order.plan.encoders
        }
        for wanted in order.plan.encoders:
            if encoders[wanted.variant].spec.digest != wanted.digest:
                raise BuildError(
                    f"The encoder {order.references[wanted.variant]} on {socket.gethostname()} is another one than "
                    "where the build was started. Give every machine of the cluster the same file of weights."
                )
        self._work = Pass(order.plan, order.folder, (), encoders, workers=order.workers, strict=order.strict)
        self._crew = ExitStack()  # it ends with this process: it reads from a pipe whose other end is here
        self._open = self._crew.enter_context(hire_crew(self._work.task, order.workers, ahead=2 * order.plan.batch))

    def __call__(self, shared: Shared) -> Done:
        """Encode the rows given, whose image ids come along."""
        start = time.perf_counter()
        rows, ids = shared
        opened = self._open(ids[row] for row in rows)
        for _ in encode_shard(replace(self._work, ids=ids), rows, opened):
            pass
        return Done(socket.gethostname(), time.perf_counter() - start)


def _check_shared(order: Order) -> None:
    if not (order.folder / PLAN).is_file() or read_plan(order.folder) != order.plan:
        raise BuildError(_say_not_shared(order.folder, "is not there on", socket.gethostname()))


def _say_not_shared(path: Path, what: str, host: str) -> str:
    return (
        f"{path} {what} {host}. A build on Ray needs the place of the store, the pictures and a local encoder "
        "on a file system that all machines share under the same path."
    )


def encode_shards(
    options: BuildOptions, work: Pass, missing: Sequence[range], note: Callable[[Done], None] | None = None
) -> None:
    """Encode the missing shards on an engine.

    Parameters
    ----------
    options : BuildOptions
        Which engine, and how many processes open pictures beside each that encodes (by default one).
    work : Pass
        The pass.
    missing : sequence of range
        Rows of the shards.
    note : callable, optional
        Called with what is said of each shard.

    Raises
    ------
    InputError
        A picture cannot be used and the pass is strict, the cluster cannot be used, or its machines share no folder.
    """
    order = Order(
        plan=work.plan,
        folder=work.folder,
        references={name: encoder.spec.reference for name, encoder in work.encoders.items()},
        threads=count_threads(),
        workers=1 if options.workers is None else options.workers,
        strict=work.strict,
    )
    on_card = any(encoder.device == "cuda" for encoder in work.encoders.values())
    job: Job[Shared, Done] = Job(partial(ShardEncoder, order), cpus=order.threads, gpus=int(on_card))
    done = work.plan.rows - sum(map(len, missing))
    work.report(done)
    with open_engine(options.engine) as engine:
        parts = ((rows, {row: work.ids[row] for row in rows}) for rows in missing)
        for (rows, _), said in engine.run(job, parts):
            _await_file(work.locate(rows).with_suffix(".json"), said.host)
            done += len(rows)
            work.report(done)
            if note:
                note(said)


def _await_file(path: Path, host: str) -> None:
    """Wait until a file that another machine wrote is seen here; a network file system takes a moment."""
    deadline = time.monotonic() + _PATIENCE
    while not path.is_file():
        if time.monotonic() > deadline:
            raise BuildError(_say_not_shared(path, "is not seen here, though it was written on", host))
        time.sleep(_PAUSE)
