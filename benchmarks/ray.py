"""Builds and audits on Ray beside the same work in one process: seconds a shard, overhead, ratios from one run.

Run: ``OMP_NUM_THREADS=1 .venv/bin/python benchmarks/ray.py`` (one thread in every process, so that Ray has as many
encoding processes as processors; the build in one process then uses one processor, and opens pictures with the other).
"""

import sys

sys.path.pop(0)  # the folder of this file, in which it would itself be taken for ray

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from clipdash.audit import Question, Table, tabulate_parts
from clipdash.build import BuildOptions, build_store
from clipdash.build.cluster import open_engine
from clipdash.labels import Label, LabelSet
from clipdash.store import open_remote, open_store, write_store
from clipdash.zeroshot import prepare_labels

PICTURES, SHARDS, SIDE = 3_072, 12, 224
IMAGES, PARTS = 500_000, 16
ENCODER = "local-dir:embeddings_cache/emoji/encoder"


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a work, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def say(what: str, seconds: float, than: float, note: str = "") -> None:
    print(f"{what:<44} {seconds:>8.2f} s   x {seconds / than:>5.2f}   {note}", flush=True)


def draw_pictures(folder: Path) -> None:
    """Photographs of nothing, with a table of them."""
    random = np.random.default_rng(0)
    (folder / "images").mkdir()
    for number in range(PICTURES):
        coarse = random.integers(0, 256, (14, 14, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((SIDE, SIDE)).save(folder / "images" / f"{number}.jpg")
    rows = [f"{number}.jpg,{'ab'[number % 2]}" for number in range(PICTURES)]
    (folder / "M.csv").write_text("\n".join(["image_id,side", *rows]), encoding="utf-8")


def build(folder: Path, engine: str) -> str:
    """Build a store, and return its digest; with Ray it has the same bytes."""
    report = build_store(
        folder / engine,
        images=folder / "images",
        metadata=folder / "M.csv",
        encoder=ENCODER,
        options=BuildOptions(shards=SHARDS, workers=1, engine=engine),
    )
    store = report.store
    return store.manifest.model_copy(update={"name": "", "title": ""}).digest


def compare_builds(folder: Path) -> None:
    draw_pictures(folder)
    alone, wanted = clock(partial(build, folder, "local"))
    say(f"build of {PICTURES:,} pictures, one process", alone, alone, f"{1000 * alone / PICTURES:.2f} ms a picture")
    with open_engine("ray"):
        first, found = clock(partial(build, folder, "ray"))
        say(
            "the same on Ray, that runs already",
            first,
            alone,
            f"{first / SHARDS:.2f} s a shard of {PICTURES // SHARDS}",
        )
    print("the same bytes:", found == wanted)


def make_store(folder: Path) -> Path:
    """Random unit rows as wide as those of the demo encoder, under its name."""
    demo, random = open_store("emoji"), np.random.default_rng(0)
    codes = random.integers(0, 8, IMAGES)
    people = pd.DataFrame(
        {"group": pd.Categorical.from_codes(codes, [f"group {n}" for n in range(8)])},
        index=pd.Index([f"{n}.jpg" for n in range(IMAGES)], name="image_id"),
    )
    spec = demo.variant().encoder
    blocks = (random.standard_normal((10_000, spec.dim), dtype=np.float32) for _ in range(IMAGES // 10_000))
    return write_store(
        folder / "wide", people=people, vectors={"encoder": (spec, blocks)}, encoder_folder=demo.path / "encoder"
    ).path


def labels_of(count: int) -> LabelSet:
    """Labels that claim nothing."""
    return LabelSet(name="numbers", labels=tuple(Label(text=f"number {n}") for n in range(count)))


def compare_audits(folder: Path) -> None:
    store = open_store(make_store(folder))
    remote = open_remote(f"file://{store.path}")
    question = Question([prepare_labels(store, labels_of(16))], ["group"])
    labels = len(question.sides[0].label_set.labels)
    alone, whole = clock(partial(tabulate_parts, store, question))
    size = f"{IMAGES:,} rows, {labels} labels"
    say(f"audit of {size}, one part", alone, alone, f"{1e9 * alone / IMAGES / labels:.0f} ns a row and label")
    tables: list[Table] = []
    for what, place, engine in (
        (f"{PARTS} parts, one process", store, "local"),
        (f"{PARTS} parts, file:// in byte ranges", remote, "local"),
    ):
        seconds, table = clock(partial(tabulate_parts, place, question, engine=engine, shards=PARTS))
        say(what, seconds, alone, f"{seconds / PARTS:.3f} s a part")
        tables.append(table)
    started, _ = clock(lambda: open_engine("ray").__enter__())
    say("Ray's own start", started, alone)
    for what, place in (("on Ray", store), ("on Ray, file:// in byte ranges", remote)):
        seconds, table = clock(partial(tabulate_parts, place, question, engine="ray", shards=PARTS))
        say(f"{PARTS} parts {what}", seconds, alone, f"{seconds / PARTS:.3f} s a part")
        tables.append(table)
    seconds, table = clock(partial(tabulate_parts, store, question, engine="ray", shards=1))
    say("1 part on Ray", seconds, alone, f"{seconds - alone:.2f} s for one process to start")
    print("the same table:", {table.digest for table in [*tables, table]} == {whole.digest})


def main() -> None:
    print(f"{len(os.sched_getaffinity(0))} processors, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}")
    with tempfile.TemporaryDirectory() as folder:
        compare_builds(Path(folder))
        compare_audits(Path(folder))


if __name__ == "__main__":
    main()
