"""Twenty reviewers at once, each with lists of their own, each holding every result against the oracle."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from clock import Row, at_most

from .client import Shown, Visitor
from .server import Server, serve
from .world import MARKS, Oracle, hold, make_store, pick_words, write_lines

REVIEWERS, IMAGES, WORDS = len(MARKS), 100_000, 90
PAUSE, APART, OF_BOTH = (5.0, 10.0), 1.0, 0.15
GROUPINGS = ("gender", "skin_tone", "age")
WHERE = {"kind": "person"}
#: Room for 260 columns of scores, so that the cache is full after the first minute: what grows later is not the cache.
COLUMNS_MB = "100"


@dataclass
class Log:
    """What the reviewers saw."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)


class Reviewer:
    """One reviewer: both lists have four words of their own, and the second one more, which is tried out."""

    def __init__(self, number: int, server: Server, oracle: Oracle, log: Log) -> None:
        self.number, self.by, self.words = number, GROUPINGS[number % len(GROUPINGS)], pick_words(number, WORDS)
        self._random, self._visitor, self._oracle, self._log = random.Random(number), Visitor(server.port), oracle, log
        self._lists = {"Before": self._begin(), "After": [*self._begin(), (self.words[4], "")]}
        self._next = 4
        self._pending: int | None = None

    def _begin(self) -> list[tuple[str, str]]:
        own = [(word, ("", "crime")[place % 2]) for place, word in enumerate(self.words[:4])]
        return [("man", "gender=man"), ("woman", "gender=woman"), *own]

    async def open(self) -> None:
        await asyncio.sleep(APART * self.number)
        before, after = (write_lines(self._lists[side]) for side in ("Before", "After"))
        asked = {f"where.{name}": value for name, value in WHERE.items()}
        self._check(await self._visitor.open("shift", before=before, after=after, by=self.by, **asked))

    async def work(self, until: float) -> None:
        """Change a label every few seconds."""
        await asyncio.sleep(self._random.uniform(0, PAUSE[1]))
        while time.monotonic() < until:
            side = self._change()
            try:
                shown = await self._visitor.type_text(side, write_lines(self._lists[side]))
            except (LookupError, OSError, TimeoutError) as error:
                self._log.errors.append(f"reviewer {self.number}: {type(error).__name__} {error}"[:300])
                return
            self._log.seconds.append(shown.seconds)
            self._check(shown)
            await asyncio.sleep(self._random.uniform(*PAUSE))

    def _change(self) -> str:
        """Change one list and say which: mostly the last word after, at times a word of both, one list at a time."""
        if self._pending is not None:
            self._lists["After"][self._pending], self._pending = self._lists["Before"][self._pending], None
            return "After"
        self._next += 1
        word = self.words[self._next % WORDS]
        if self._random.random() < OF_BOTH:
            self._pending = self._random.randrange(2, 6)
            self._lists["Before"][self._pending] = (word, self._lists["Before"][self._pending][1])
            return "Before"
        self._lists["After"][-1] = (word, self._lists["After"][-1][1])
        return "After"

    def _check(self, shown: Shown) -> None:
        self._log.errors += [f"reviewer {self.number}: {fault}" for fault in shown.faults]
        others = [mark.encode() for mark in MARKS if mark != MARKS[self.number]]
        self._log.crossed += [str(mark) for mark in others for content in shown.content if mark in content]
        try:
            rows = shown.read_table(f"Annotated {self.by.replace('_', ' ')}")
        except LookupError as error:
            self._log.errors.append(str(error))
            return
        expected = self._oracle.compare(self.by, self._lists["Before"], self._lists["After"])
        self._log.wrong += [f"reviewer {self.number}: {one}" for one in hold(rows, self.by, expected)]

    async def close(self) -> None:
        await self._visitor.close()


async def review(server: Server, oracle: Oracle, minutes: float) -> tuple[Log, list[tuple[float, float]]]:
    """Have all reviewers work; return what they saw, and (seconds, MiB in memory) of the server meanwhile."""
    log, memory = Log(), []
    reviewers = [Reviewer(number, server, oracle, log) for number in range(REVIEWERS)]
    await asyncio.gather(*(one.open() for one in reviewers))
    begin = time.monotonic()
    work = asyncio.gather(*(one.work(begin + 60 * minutes) for one in reviewers))
    while not work.done():
        await asyncio.wait([work], timeout=5)
        memory.append((time.monotonic() - begin, server.read_memory()["rss"]))
    await work
    await asyncio.gather(*(one.close() for one in reviewers))
    return log, memory


def run(folder: Path, minutes: float) -> list[Row]:
    store = make_store(folder / "stores" / "many", IMAGES)
    oracle = Oracle(store, WHERE)
    oracle.learn(["man", "woman", *(word for number in range(REVIEWERS) for word in pick_words(number, WORDS))])
    with serve(folder / "load", folder / "stores", HOME=str(folder / "load"), CLIPDASH_COLUMNS_MB=COLUMNS_MB) as server:
        log, memory = asyncio.run(review(server, oracle, minutes))
        used, faults = server.read_seconds(), server.list_faults()
    return report(log, memory, used, faults, minutes)


def report(log: Log, memory: list[tuple[float, float]], used: float, faults: list[str], minutes: float) -> list[Row]:
    cut = quantiles(log.seconds, n=20) if len(log.seconds) > 1 else [0.0] * 19
    first = next((size for seconds, size in memory if seconds >= min(60.0, 15 * minutes)), memory[-1][1])
    last = max(size for _, size in memory[-3:])
    bad = [*log.errors, *faults]
    slow = sum(seconds > 1.5 for seconds in log.seconds) / max(1, len(log.seconds))
    return [
        Row("20 reviewers: reruns with a label changed", len(log.seconds), "", "", None, f"in {minutes:g} min"),
        Row("errors shown, in the log or of the connection", len(bad), "", "0", not bad, "; ".join(bad)[:300]),
        Row("results unlike the oracle's", len(log.wrong), "", "0", not log.wrong, "; ".join(log.wrong)[:300]),
        Row("words of another reviewer on a page", len(log.crossed), "", "0", not log.crossed),
        Row("rerun, median", median(log.seconds or [0.0]), "s", "", None),
        at_most("rerun, 95 % within", cut[18], 1.5, "s", f"{100 * slow:.1f} % over 1.5 s"),
        at_most("memory at the end over that after the first minute", last / first, 1.10, "x", f"{last:,.0f} MiB"),
        Row("processor time of the server a second", used / (60 * minutes), "s", "", None, "with its start"),
    ]
