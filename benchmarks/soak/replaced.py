"""The store replaced, again and again, while reviewers use it: nobody sees figures of two stores on one page."""

import asyncio
import re
import time
from pathlib import Path

from clock import Row

from clipdash.store import Store

from .client import Shown, Visitor
from .server import Server, serve
from .world import Oracle, hold, make_store, pick_words, write_lines

REVIEWERS, IMAGES = 4, 20_000
SAID, TAKE = "has been replaced since you opened it", "Take the new one"
BY, WHERE = "gender", {"kind": "person"}
#: The store in the settings line, as a page writes it.
NAMED = re.compile(rb":gray\[store\] Version (\d+), in use")


def swap(place: Path, version: int) -> Store:
    """Put another version in the place of the store: other images, other figures."""
    return make_store(
        place, IMAGES + 1_000 * version, seed=10 + version, title=f"Version {version}, in use", replace=True
    )


class Reader:
    """A reviewer who knows every version, and which one they have."""

    def __init__(self, number: int, server: Server, oracles: list[Oracle]) -> None:
        self.words, self.visitor, self.oracles = pick_words(number, 40), Visitor(server.port), oracles
        self.mine: int | None = None
        self.before = [("man", "gender=man"), ("woman", "gender=woman"), (self.words[0], ""), (self.words[1], "crime")]
        self.after, self.said, self.wrong = list(self.before), 0, list[str]()

    def step(self, count: int) -> str:
        self.after[2 + count % 2] = (self.words[2 + count % 38], self.after[2 + count % 2][1])
        return write_lines(self.after)

    async def open(self) -> None:
        asked = {f"where.{name}": value for name, value in WHERE.items()}
        lists = {"before": write_lines(self.before), "after": self.step(0)}
        await self.check(await self.visitor.open("shift", **lists, by=BY, **asked))

    async def work(self, until: float) -> None:
        count = 0
        while time.monotonic() < until or (not self.said and time.monotonic() < until + 60):
            count += 1
            await self.check(await self.visitor.type_text("After", self.step(count)))
            if count % 4 == 0 and self.visitor.shown.has_widget("button", TAKE):
                self.mine = None
                await self.check(await self.visitor.press(TAKE))
            await asyncio.sleep(0.5)

    async def check(self, shown: Shown) -> None:
        """Hold a page against the version that it names, which changes only when the reviewer takes the new one."""
        version = next(int(found[1]) for one in shown.content if (found := NAMED.search(one)))
        self.wrong += shown.faults
        self.wrong += [f"version {version} came unasked"] if self.mine not in (None, version) else []
        self.mine = version
        while version >= len(self.oracles):
            await asyncio.sleep(0.1)
        told = any(SAID in text for text in shown.list_texts("alert"))
        self.said += told
        try:
            rows = shown.read_table(f"Annotated {BY}")
        except LookupError as error:
            self.wrong.append(str(error))
            return
        self.wrong += hold(rows, BY, self.oracles[version].compare(BY, self.before, self.after))


async def use_and_replace(server: Server, place: Path, first: Store, swaps: int) -> list[Reader]:
    """Have reviewers work while the store is replaced so often."""
    oracles = [Oracle(first, WHERE)]
    words = ["man", "woman", *(word for number in range(REVIEWERS) for word in pick_words(number, 40))]
    oracles[0].learn(words)
    readers = [Reader(number, server, oracles) for number in range(REVIEWERS)]
    await asyncio.gather(*(reader.open() for reader in readers))
    works = [asyncio.create_task(reader.work(time.monotonic() + 10 * swaps)) for reader in readers]
    for version in range(1, swaps + 1):
        await asyncio.sleep(5)
        store = await asyncio.to_thread(swap, place, version)
        oracles.append(Oracle(store, WHERE, oracles[0].rows))
        await asyncio.sleep(3)
    await asyncio.gather(*works)
    for reader in readers:
        await reader.visitor.close()
    return readers


def run(folder: Path, minutes: float) -> list[Row]:
    place, swaps = folder / "replaced" / "stores" / "changing", 6 if minutes >= 2 else 2
    first = swap(place, 0)
    with serve(folder / "replaced", place.parent) as server:
        readers = asyncio.run(use_and_replace(server, place, first, swaps))
        alive, faults = server.runs, server.list_faults()
    wrong, said = [one for reader in readers for one in reader.wrong], min(reader.said for reader in readers)
    return [
        Row(f"store replaced {swaps} times: the server runs on", float(alive), "", "1", alive),
        Row("results unlike those of the version in use", len(wrong), "", "0", not wrong, "; ".join(wrong)[:300]),
        Row("pages that said so, the fewest of a reviewer", said, "", ">= 1", said >= 1),
        Row("other faults", len(faults), "", "0", not faults, "; ".join(faults)[:300]),
    ]
