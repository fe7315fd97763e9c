"""The database stopped for half a minute, then hung for as long, while a reviewer works and tries to save."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from clock import Row, at_most

from .client import Shown, Visitor
from .postgres import Database, open_database
from .server import ROOT, Server, serve

AWAY, LONGEST = 30.0, 45.0
TITLE = "What I found before the database went"
#: Pages that read no records, or can do without.
PAGES = ("start", "labels", "shift", "images", "thresholds", "store", "method")
WORDS = ("boy", "girl", "baby", "kid", "sailor", "nurse", "judge", "cook", "pilot", "king")


class Work:
    """A reviewer who goes on while the database is away, and what they met."""

    def __init__(self, server: Server) -> None:
        self.server, self.visitor = server, Visitor(server.port)
        self.faults, self.seconds, self.refusals = list[str](), list[float](), 0

    async def begin(self) -> None:
        await self.visitor.open("shift")
        self.visitor.fill("Title", "Before", "text_input")
        if not await self.save():
            self.faults.append("the first save failed")

    async def go_on(self, until: float) -> None:
        """Edit, try to save and open other pages."""
        count = 0
        while time.monotonic() < until:
            word, page = WORDS[count % len(WORDS)], PAGES[count % len(PAGES)]
            self.note(await self.visitor.type_text("After", f"man | gender=man\nwoman | gender=woman\n{word}"))
            self.faults += [] if "count as misclassified" in self.visitor.shown.say() else ["no result after an edit"]
            self.visitor.fill("Title", TITLE, "text_input")
            self.faults += ["it said that it saved"] if await self.save() else []
            told = [text for text in self.visitor.shown.list_texts("alert") if text.startswith("Nothing was saved")]
            self.faults += [] if len(told) == 1 else [f"a failed save said {told}"]
            self.refusals += len(told)
            await self.look_at(page, alerts=0)
            await self.look_at("audits", alerts=1)
            count += 1

    async def look_at(self, page: str, alerts: int) -> None:
        other = Visitor(self.server.port)
        shown = await other.open(page)
        await other.close()
        self.note(shown)
        if len(shown.list_texts("alert")) != alerts:
            self.faults.append(f"{page} said {shown.list_texts('alert')}")

    async def save(self) -> bool:
        self.note(await self.visitor.press("Save audit"))
        return any("The audit is saved as" in text for text in self.visitor.shown.list_texts("markdown"))

    def note(self, shown: Shown) -> None:
        self.seconds.append(shown.seconds)
        self.faults += shown.faults

    async def recover(self) -> float:
        """Press Save again until it works, with what stands in the boxes; return the seconds that took."""
        begin = time.monotonic()
        while not await self.save():
            if time.monotonic() - begin > LONGEST:
                self.faults.append("it did not recover")
                break
            await asyncio.sleep(0.5)
        if not any(TITLE in text for text in self.visitor.shown.list_texts("markdown")):
            self.faults.append("the title was lost")
        return time.monotonic() - begin


async def go_away(
    server: Server, leave: Callable[[], None], come_back: Callable[[], None], away: float
) -> tuple[Work, float]:
    work = Work(server)
    await work.begin()
    await asyncio.to_thread(leave)
    try:
        await work.go_on(time.monotonic() + away)
    finally:
        await asyncio.to_thread(come_back)
    took = await work.recover()
    await work.visitor.close()
    return work, took


def try_database(folder: Path, database: Database, minutes: float) -> list[Row]:
    rows, away = [], AWAY if minutes >= 2 else 8.0
    with serve(folder / "database", ROOT / "embeddings_cache", CLIPDASH_DATABASE=database.address) as server:
        for name, leave, come_back in (
            ("stopped", database.stop, database.start),
            ("hung", database.freeze, database.thaw),
        ):
            work, took = asyncio.run(go_away(server, leave, come_back, away))
            faults = [*work.faults, *server.list_faults()]
            told = f"{work.refusals} saves were refused in a sentence"
            rows += [
                Row(f"database {name} {away:g} s: faults", len(faults), "", "0", not faults, "; ".join(faults)[:300]),
                at_most("  slowest page meanwhile", max(work.seconds), LONGEST, "s", told),
                at_most("  back until what was typed is saved, without a restart", took, LONGEST, "s"),
            ]
    return rows


def run(folder: Path, minutes: float) -> list[Row]:
    with open_database() as database:
        if database is None:
            return [Row("database away: left out, since PostgreSQL is not installed", 0, "", "", None)]
        return try_database(folder, database, minutes)
