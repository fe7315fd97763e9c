"""The server killed while audits are saved by the button on the page: what was acknowledged must be there, whole."""

import asyncio
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from clock import Row
from websockets.exceptions import WebSocketException

from clipdash.records import SavedAudit, close_records, list_audits

from .client import Visitor
from .postgres import open_database
from .server import ROOT, Server

KILLS, WRITERS = 20, 4
MOMENTS = (0.3, 2.5)
#: What each saved audit must hold, beside its title.
PARTS = ("store", "groups", "flows", "gap", "before", "after")


async def save_on(server: Server, name: str, acknowledged: list[str], faults: list[str]) -> None:
    """Save one audit after another until the connection breaks; note each title once the page says that it is kept."""
    visitor = Visitor(server.port)
    try:
        await visitor.open("shift")
        for count in range(10_000):
            title = f"{name}, save {count}"
            visitor.fill("Title", title, "text_input")
            shown = await visitor.press("Save audit")
            if any("The audit is saved as" in text for text in shown.list_texts("markdown")):
                acknowledged.append(title)
            faults += shown.faults
    except (OSError, WebSocketException):
        return


async def save_and_kill(server: Server, kill: int, chance: random.Random, faults: list[str]) -> list[str]:
    """Let several save at once, kill the server at some moment, and return what was acknowledged until then."""
    acknowledged: list[str] = []
    writers = [
        asyncio.create_task(save_on(server, f"kill {kill}, writer {writer}", acknowledged, faults))
        for writer in range(WRITERS)
    ]
    while not acknowledged:
        await asyncio.sleep(0.02)
    await asyncio.sleep(chance.uniform(*MOMENTS))
    server.kill()
    await asyncio.gather(*writers)
    return acknowledged


@contextmanager
def look_into(records: Path, address: str | None) -> Iterator[None]:
    """Have this process read the records of the server."""
    kept = {name: os.environ.get(name) for name in ("CLIPDASH_RECORDS", "CLIPDASH_DATABASE")}
    os.environ |= {"CLIPDASH_RECORDS": str(records)} | ({"CLIPDASH_DATABASE": address} if address else {})
    try:
        yield
    finally:
        close_records()
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def is_whole(audit: SavedAudit) -> bool:
    return all(audit.result.get(part) for part in PARTS) and bool(audit.question.get("after")) and audit.revision == 1


def check(kept: list[SavedAudit], acknowledged: list[str]) -> tuple[list[str], list[str]]:
    """Return the titles that are lost, and those that are there twice or in part."""
    titles = [audit.title for audit in kept]
    lost = [title for title in acknowledged if title not in titles]
    broken = [audit.title for audit in kept if not is_whole(audit) or titles.count(audit.title) > 1]
    return lost, broken


def try_kills(folder: Path, address: str | None, kills: int) -> list[Row]:
    """Kill so many times on one kind of database."""
    name = "PostgreSQL" if address else "SQLite"
    server = Server(folder, ROOT / "embeddings_cache", **({"CLIPDASH_DATABASE": address} if address else {}))
    chance, acknowledged, faults, starts = random.Random(kills), list[str](), list[str](), list[float]()
    for kill in range(kills):
        starts.append(server.start())
        acknowledged += asyncio.run(save_and_kill(server, kill, chance, faults))
    starts.append(server.start())
    server.stop()
    with look_into(server.records, address):
        kept = list_audits(limit=1_000_000)
    if not address:
        with closing(sqlite3.connect(server.records / "records.sqlite")) as file:
            faults += [text for (text,) in file.execute("pragma integrity_check") if text != "ok"]
    (lost, broken), most = check(kept, acknowledged), len(acknowledged) + kills * WRITERS
    faults += server.list_faults() + ([] if len(kept) <= most else [f"{len(kept)} kept of at most {most}"])
    return [
        Row(f"{name}: acknowledged saves that are gone", len(lost), "", "0", not lost, f"of {len(acknowledged)}"),
        Row(f"{name}: saves half there, or twice", len(broken), "", "0", not broken, f"of {len(kept)} found"),
        Row(f"{name}: other faults", len(faults), "", "0", not faults, "; ".join(faults)[:300]),
        Row(f"{name}: slowest start after a kill", max(starts), "s", "", None, f"of {len(starts)}"),
    ]


def run(folder: Path, minutes: float) -> list[Row]:
    kills = KILLS // 2 if minutes >= 2 else 2
    rows = try_kills(folder / "kills-sqlite", None, kills)
    with open_database() as database:
        if database is None:
            return [*rows, Row("PostgreSQL: left out, since it is not installed", 0, "", "", None)]
        return [*rows, *try_kills(folder / "kills-postgresql", database.address, kills)]
