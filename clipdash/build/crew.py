"""A crew of worker processes that open pictures ahead of the model, in order and within bounded memory."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from clipdash.build.opening import Opened, Task, open_picture
from clipdash.build.worker import READY

_MOST_WORKERS = 16
_PACKAGE = Path(__file__).parents[2]


def count_workers(asked: int | None = None) -> int:
    """Return how many processes open pictures: those asked for, else one a processor, at most 16."""
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS) if asked is None else asked


class _Worker:
    """One process, started when it is needed and again when it died."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._process: subprocess.Popen[bytes] | None = None

    def open(self, image_id: str) -> Opened | str:
        """Return what `open_picture` says; a picture that kills the process cannot be used."""
        process = self._process or self._start()
        try:
            answer = _ask(process, image_id)
        except (EOFError, OSError, pickle.UnpicklingError):
            code = process.wait()
            self.stop()
            return f"broken (the process that opened it ended with {_name_code(code)})"
        return answer  # type: ignore[no-any-return]

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # a pipe to a dead process cannot be flushed
                pipe.close()  # type: ignore[union-attr]
        process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        # -P: what lies in the working folder, perhaps among the pictures, is not taken for a module.
        command = [sys.executable, "-P", "-m", "clipdash.build.worker"]
        path = os.pathsep.join([str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        )
        if _read(self._process) != READY or _ask(self._process, self._task) != READY:
            raise RuntimeError("a worker process does not answer as it should")
        return self._process


def _name_code(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


def _ask(process: "subprocess.Popen[bytes]", request: Any) -> Any:
    pickle.dump(request, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)  # type: ignore[arg-type]
    process.stdin.flush()  # type: ignore[union-attr]
    return _read(process)


def _read(process: "subprocess.Popen[bytes]") -> Any:
    return pickle.load(process.stdout)  # type: ignore[arg-type]  # noqa: S301  # nosec B301  # from a process of ours


@contextmanager
def hire_crew(task: Task, workers: int, *, ahead: int) -> Iterator[Callable[[Iterable[str]], Iterator[Opened | str]]]:
    """Start worker processes for the time of the context.

    Parameters
    ----------
    task : Task
        What they do with every picture.
    workers : int
        How many; with 0 pictures are opened in this process, one after the other.
    ahead : int
        At most so many pictures are open before they are used (at least one a worker), so memory is bounded.

    Yields
    ------
    callable
        From image ids to an iterator of what `open_picture` says of each, in order.
    """
    if not workers:
        yield lambda ids: (open_picture(task, image_id) for image_id in ids)
        return
    crew = [_Worker(task) for _ in range(workers)]
    idle: SimpleQueue[_Worker] = SimpleQueue()
    for worker in crew:
        idle.put(worker)
    with ThreadPoolExecutor(workers, "open-pictures") as hands:
        try:
            yield lambda ids: _open_ahead(hands, idle, ids, max(ahead, workers))
        finally:
            hands.shutdown(wait=True, cancel_futures=True)
            for worker in crew:
                worker.stop()


def _open_ahead(
    hands: ThreadPoolExecutor, idle: "SimpleQueue[_Worker]", ids: Iterable[str], most: int
) -> Iterator[Opened | str]:
    waiting: deque[Future[Opened | str]] = deque()
    for image_id in ids:
        if len(waiting) == most:
            yield waiting.popleft().result()
        waiting.append(hands.submit(_open_one, idle, image_id))
    while waiting:
        yield waiting.popleft().result()


def _open_one(idle: "SimpleQueue[_Worker]", image_id: str) -> Opened | str:
    worker = idle.get()
    try:
        return worker.open(image_id)
    finally:
        idle.put(worker)
