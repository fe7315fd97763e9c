"""Where parts of a work run: in this process, or in actors of a Ray cluster that are replaced when they die."""

import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from clipdash.errors import InputError, QueryError

LOCAL = "local"
INSTALL = "pip install clipdash[ray]"
#: So often a part may be lost with its process before the work ends.
MOST_LOSSES = 3
_ADDRESS = re.compile(r"ray(?:://(?P<host>[^\s/:]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5}))?")
# Nothing is reported to anybody, and no warning of a default that will change reaches the user.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_DEDUP_LOGS": "0"}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PATIENCE = 10  # seconds
_PACKAGE = str(Path(__file__).parents[2])

Part = TypeVar("Part")
Report = TypeVar("Report")


@dataclass(frozen=True)
class Job(Generic[Part, Report]):
    """A work that falls into parts.

    Parameters
    ----------
    make : callable
        Makes, once in every process, what is called with each part and returns its report. It, the parts and the
        reports are pickled, so they are small: row numbers, paths, counts.
    cpus, gpus : int
        Processors and graphics cards that one process takes.
    """

    make: Callable[[], Callable[[Part], Report]]
    cpus: int = 1
    gpus: int = 0


class Engine(Protocol):
    """Runs jobs."""

    def count_hands(self, job: "Job[Any, Any]") -> int:
        """Return how many parts of a job run at the same time."""

    def run(self, job: "Job[Part, Report]", parts: Iterable[Part]) -> Iterator[tuple[Part, Report]]:
        """Yield each part with its report, as they are done."""


class LocalEngine:
    """Runs all parts in this process, in order."""

    def count_hands(self, job: "Job[Any, Any]") -> int:
        """Return 1."""
        return 1

    def run(self, job: "Job[Part, Report]", parts: Iterable[Part]) -> Iterator[tuple[Part, Report]]:
        """Yield each part with its report, in order."""
        work = job.make()
        yield from ((part, work(part)) for part in parts)


class _Hand:
    """What runs in an actor: the work, made when the first part comes, so that its errors come back as they are."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        self._make, self._work = make, None

    def do(self, part: Any) -> Any:
        self._work = self._work or self._make()  # type: ignore[assignment]
        return self._work(part)  # type: ignore[misc]


class RayEngine:
    """Runs parts in actors, one part at a time in each.

    Parameters
    ----------
    ray : module
        Ray, connected.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray

    def count_hands(self, job: "Job[Any, Any]") -> int:
        """Return how many actors the cluster has room for, at least 1."""
        there: Mapping[str, float] = self._ray.cluster_resources()
        rooms = [int(there.get("CPU", 0)) // max(job.cpus, 1)]
        rooms += [int(there.get("GPU", 0)) // job.gpus] if job.gpus else []
        return max(min(rooms), 1)

    def run(self, job: "Job[Part, Report]", parts: Iterable[Part]) -> Iterator[tuple[Part, Report]]:
        """Yield each part with its report, as they are done.

        An actor that dies is replaced, and its part done again.

        Raises
        ------
        QueryError
            A part was lost with its process three times, or the cluster has no room for an actor.
        """
        self._check_room(job)
        waiting = iter(parts)
        busy: dict[Any, tuple[Any, Part, int]] = {}
        try:
            for part in islice(waiting, self.count_hands(job)):
                self._hand_out(busy, self._hire(job), part)
            while busy:
                done, _ = self._ray.wait(list(busy), num_returns=1, timeout=_PATIENCE)
                if not done:
                    self._check_alive()
                    continue
                hand, part, losses = busy.pop(done[0])
                try:
                    report = self._fetch(done[0])
                except _LostError as lost:
                    self._dismiss([hand])
                    _check_losses(losses + 1, lost)
                    self._hand_out(busy, self._hire(job), part, losses + 1)
                    continue
                self._go_on(busy, hand, waiting)
                yield part, report
        finally:
            self._dismiss(hand for hand, _, _ in busy.values())

    def _go_on(self, busy: dict[Any, tuple[Any, Any, int]], hand: Any, waiting: Iterator[Any]) -> None:
        for part in waiting:
            self._hand_out(busy, hand, part)
            return
        self._dismiss([hand])

    def _check_room(self, job: "Job[Any, Any]") -> None:
        there: Mapping[str, float] = self._ray.cluster_resources()
        if there.get("CPU", 0) < job.cpus or there.get("GPU", 0) < job.gpus:
            raise QueryError(
                f"The Ray cluster has {int(there.get('CPU', 0))} processors and {int(there.get('GPU', 0))} graphics "
                f"cards, and one process of this work takes {job.cpus} and {job.gpus}. Set OMP_NUM_THREADS to the "
                "processors that one may take, or name a larger cluster."
            )

    def _check_alive(self) -> None:
        """Refuse to wait for a cluster that has no machine left; Ray itself would wait for ever."""
        if not any(node["Alive"] for node in self._ray.nodes()):
            raise QueryError(
                "No machine of the Ray cluster is alive any more. What was done is kept; start Ray again, and give the "
                "same command, a build with --resume."
            )

    def _hire(self, job: "Job[Any, Any]") -> Any:
        make = self._ray.remote(num_cpus=job.cpus, num_gpus=job.gpus, max_restarts=0, max_task_retries=0)(_Hand)
        return make.remote(job.make)

    @staticmethod
    def _hand_out(busy: dict[Any, tuple[Any, Part, int]], hand: Any, part: Part, losses: int = 0) -> None:
        busy[hand.do.remote(part)] = (hand, part, losses)

    def _dismiss(self, hands: Iterable[Any]) -> None:
        for hand in hands:
            with suppress(Exception):  # it may be dead, or the cluster gone; what went wrong is said elsewhere
                self._ray.kill(hand)

    def _fetch(self, reference: Any) -> Any:
        """Return a report; what the work itself raised is raised, and a dead process is `_LostError`."""
        faults = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except faults.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, (InputError, OSError)) else error from None
        except (
            faults.RayActorError,
            faults.WorkerCrashedError,
            faults.NodeDiedError,
            faults.OutOfMemoryError,
        ) as error:
            raise _LostError(_name_end(error)) from None


def _name_end(error: Exception) -> str:
    """Return how a process ended: the last line of what Ray says that says anything, without colours."""
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")


class _LostError(Exception):
    """A process died with a part."""


def _check_losses(losses: int, lost: _LostError) -> None:
    if losses >= MOST_LOSSES:
        raise QueryError(
            f"The process that worked on one part died {MOST_LOSSES} times on the Ray cluster ({lost}). "
            "What else was done is kept; look into Ray's logs, most likely its memory was full."
        )


def check_engine(engine: str) -> None:
    """Refuse a text that does not name an engine.

    Parameters
    ----------
    engine : str
        ``local``, ``ray`` or ``ray://HOST:PORT``.

    Raises
    ------
    QueryError
        It is none of them, or Ray is not installed.
    """
    if engine != LOCAL and not _ADDRESS.fullmatch(engine):
        raise QueryError(f'There is no engine "{engine}"; expected local, ray, or ray://HOST:PORT of a cluster.')
    if engine != LOCAL and find_spec("ray") is None:
        raise QueryError(f"The engine ray needs the package ray, which is not installed: {INSTALL}.")


@contextmanager
def open_engine(engine: str) -> Iterator[Engine]:
    """Open an engine for the time of the context.

    Parameters
    ----------
    engine : str
        ``local``: this process. ``ray``: the Ray that this process is connected to, else one of its own on this
        machine. ``ray://HOST:PORT``: the cluster whose head was started with that port, joined from one of its
        machines. A Ray that was connected to here is left again, one that was there stays.

    Yields
    ------
    Engine

    Raises
    ------
    QueryError
        There is no such engine, Ray is not installed, or the cluster does not answer.
    """
    check_engine(engine)
    if engine == LOCAL:
        yield LocalEngine()
        return
    ray = _import_ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, engine.partition("://")[2])
    try:
        yield RayEngine(ray)
    finally:
        if ours:
            ray.shutdown()


def _import_ray() -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import ray
    import ray.exceptions

    return ray


def _connect(ray: Any, address: str) -> None:
    """Join a cluster, or start Ray on this machine alone; its processes find this clipdash."""
    path = os.environ.get("PYTHONPATH")
    how: dict[str, Any] = (
        {"address": address}
        if address
        else {
            "address": "local",
            "num_cpus": len(os.sched_getaffinity(0)),
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
        }
    )
    os.environ["PYTHONPATH"] = os.pathsep.join([_PACKAGE, *filter(None, [path])])
    try:
        if address:  # Ray itself would wait for minutes, and then end this process
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
        ray.init(**how, log_to_driver=False, logging_level="ERROR")
    except (OSError, OverflowError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        what = f"The Ray cluster at {address} cannot be joined" if address else "Ray cannot be started here"
        raise QueryError(
            f"{what} ({reason}). Expected the address that `ray start --head` printed, and the same Ray and token here."
        ) from None
    finally:
        if path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = path
