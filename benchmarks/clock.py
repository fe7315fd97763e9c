"""How benchmarks measure: medians of runs in turn, and the memory that a process has to itself."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

TIMES = 3
# What a benchmark asks must not enter the records of whoever runs it.
_records = TemporaryDirectory(prefix="clipdash-benchmark-")
os.environ["CLIPDASH_RECORDS"] = _records.name


@dataclass(frozen=True)
class Row:
    """One figure beside the bar that it is held against."""

    row: str
    value: float
    unit: str
    bar: str
    ok: bool | None
    detail: str = ""

    @property
    def figure(self) -> str:
        """The value to three places, or to the whole number."""
        return f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.3g}"

    def say(self) -> str:
        verdict = "" if self.ok is None else "pass" if self.ok else "SHORT"
        return f"{self.row:64} {self.figure:>9} {self.unit:8} {self.bar:12} {verdict:6} {self.detail}"


def at_most(row: str, value: float, limit: float, unit: str = "x", detail: str = "") -> Row:
    return Row(row, value, unit, f"<= {limit:g}", value <= limit, detail)


def at_least(row: str, value: float, limit: float, unit: str = "x", detail: str = "") -> Row:
    return Row(row, value, unit, f">= {limit:g}", value >= limit, detail)


def clock(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def clock_in_turn(*works: Callable[[], Any], times: int = TIMES, warm: bool = True) -> list[float]:
    """Return the median seconds of each work; they run in turn, since machines drift."""
    if warm:
        for work in works:
            work()
    runs = [[clock(work) for work in works] for _ in range(times)]
    return [median(column) for column in zip(*runs, strict=True)]


def read_private() -> int:
    """Return the bytes that this process has to itself: what it wrote, not files that it mapped."""
    with open(f"/proc/{os.getpid()}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    return int(fields["Private_Dirty"].split()[0]) * 1024


def name_machine() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "processor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB"
