"""What a prompt costs: the cut text tower beside the full one, and the start of a command whose prompts are known.

Run: ``.venv/bin/python benchmarks/text.py``. Ratios from one run; the weights are random, which costs the same time.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import open_clip
import torch

from clipdash.encoders.tower import TextTower

ROOT = Path(__file__).parent.parent
NOUNS = (
    "man woman judge thief nurse doctor child dog cat teacher "
    "gorilla person criminal cook pilot singer farmer clerk guard boss"
)
PROMPTS = [f"a photo of a {noun}" for noun in NOUNS.split()]
TIMES = 5
AUDIT = ["audit", "emoji", "--labels", "denigration", "--by", "age", "--json"]
COMMAND = ["-m", "clipdash", *AUDIT]
LIBRARIES = ["-c", "import numpy, pandas, faiss, scipy"]
#: What intervals for three and more groups need of scipy, whoever computes them.
STATISTICS = ["-c", "import numpy, pandas, faiss, scipy.stats"]
MODELS = ["-c", "import torch, open_clip"]


def clock(works: Sequence[Callable[[], Any]]) -> list[float]:
    """Return the median time of a few runs of each, in seconds; in turn, so that a busy machine slows all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(TIMES):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - start)
    return [median(one) for one in times]


def row(name: str, value: float, bar: str, ok: bool) -> dict[str, Any]:
    return {"row": name, "value": value, "bar": bar, "ok": ok}


def measure_tower() -> list[dict[str, Any]]:
    """Twenty prompts through the text tower of ViT-B-32, cut and uncut, by one thread: two wait for each other.

    Where other processes want the processors as well, that waiting is most of the time of either.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = open_clip.create_model("ViT-B-32", load_weights=False).eval()
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    tower, tokens = TextTower(model, tokenizer), tokenizer(PROMPTS)
    with torch.inference_mode():
        normalise = torch.nn.functional.normalize
        error = float((normalise(tower.embed(tokens)) - normalise(model.encode_text(tokens))).abs().max())
        full, cut = clock([lambda: model.encode_text(tokens), lambda: tower.embed(tokens)])
    torch.set_num_threads(threads)
    return [
        row("20 prompts, full tower, one thread (s)", full, "", True),
        row("20 prompts, cut tower, one thread (s)", cut, "", True),
        row("full / cut", full / cut, ">= 5", full / cut >= 5),
        row("largest difference", error, "<= 1e-6", error <= 1e-6),
    ]


def measure_start() -> list[dict[str, Any]]:
    """A whole process that audits presets of the embedded store, beside one that imports the libraries alone."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "CLIPDASH_RECORDS": folder, "PYTHONPATH": str(ROOT)}

        def run(arguments: list[str]) -> None:
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)

        started = (COMMAND, LIBRARIES, STATISTICS, MODELS)
        for arguments in started:
            run(arguments)  # once unmeasured, so that all is read from the disk
        command, libraries, statistics, models = clock([partial(run, arguments) for arguments in started])
    return [
        row("audit of a preset, whole process (s)", command, "", True),
        row("importing numpy, pandas, faiss, scipy (s)", libraries, "", True),
        row("importing those and scipy.stats (s)", statistics, "", True),
        row("audit / libraries", command / libraries, "<= 1.5", command / libraries <= 1.5),
        row("audit / libraries with scipy.stats", command / statistics, "<= 1.5", command / statistics <= 1.5),
        row("importing torch and open_clip, which a new label adds (s)", models, "", True),
    ]


def measure() -> list[dict[str, Any]]:
    """Return the rows: what was measured, its value, the bar it is held against, and whether it holds."""
    return [*measure_tower(), *measure_start()]


def main() -> None:
    for one in measure():
        verdict = "" if not one["bar"] else "ok" if one["ok"] else "missed"
        print(f"{one['row']:<60} {one['value']:>10.3g}  {one['bar']:<8} {verdict}")


if __name__ == "__main__":
    main()
