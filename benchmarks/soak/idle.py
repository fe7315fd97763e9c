"""A hundred people who have opened Shift, seen its first result and gone to lunch with the tab open."""

import asyncio
from pathlib import Path

from clock import Row

from .client import Visitor
from .server import Server, serve
from .world import MARKS, make_store, pick_words

SESSIONS, IMAGES, LIMIT = 100, 100_000, 10.0
#: What the headline of a result says; the second where no image took the word.
RESULTS = ("count as misclassified", "gave every image the same label")
SETTLED, LISTS = 10.0, "man | gender=man\nwoman | gender=woman"


async def sit(server: Server) -> tuple[float, float, list[str]]:
    """Return the private MiB before and with the sessions, and what went wrong."""
    first = Visitor(server.port)
    await first.open("shift")  # what all share is there once one has asked
    await asyncio.sleep(SETTLED)
    before, visitors, faults = server.read_memory()["private"], [Visitor(server.port) for _ in range(SESSIONS)], []
    for place, visitor in enumerate(visitors):
        (word,) = pick_words(place % len(MARKS), 1 + place // len(MARKS))[-1:]
        shown = await visitor.open("shift", before=LISTS, after=f"{LISTS}\n{word}")  # results of their own
        found = any(words in shown.say() for words in RESULTS)
        faults += shown.faults or ([] if found else [f"no result: {shown.say()}"])
    await asyncio.gather(*(visitor.stay(SETTLED) for visitor in visitors))
    after = server.read_memory()["private"]
    await asyncio.gather(*(visitor.close() for visitor in [first, *visitors]))
    return before, after, faults


def run(folder: Path, minutes: float) -> list[Row]:
    del minutes
    make_store(folder / "stores" / "many", IMAGES)
    with serve(folder / "idle", folder / "stores") as server:
        before, after, faults = asyncio.run(sit(server))
        faults += server.list_faults()
    each = (after - before) / SESSIONS
    return [
        Row(
            "100 idle sessions: private memory each",
            each,
            "MiB",
            "< 10",
            each < LIMIT,
            f"{before:,.0f} to {after:,.0f}",
        ),
        Row("errors among them", len(faults), "", "0", not faults, "; ".join(faults)[:300]),
    ]
