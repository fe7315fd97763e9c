"""What a prompt costs: the cut text tower beside the full one, and the start of a command whose prompts are known.

Run: ``.venv/bin/python benchmarks/text.py``. Ratios from one run; the weights are random, which costs the same time.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import open_clip
import torch
from clock import Row, at_least, at_most, clock_in_turn

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
#: What tests and intervals of most audits elsewhere import.
STATISTICS = ["-c", "import numpy, pandas, faiss, scipy.stats"]
MODELS = ["-c", "import torch, open_clip"]


def measure_tower() -> list[Row]:
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
        full, cut = clock_in_turn(lambda: model.encode_text(tokens), lambda: tower.embed(tokens), times=TIMES)
    torch.set_num_threads(threads)
    detail = f"{full:.2f} s and {cut:.3f} s, one thread"
    return [
        at_least("20 prompts through the text tower of ViT-B-32, uncut over cut", full / cut, 5, detail=detail),
        at_most("  largest difference of an embedding's number", error, 1e-6, ""),
    ]


def measure_start() -> list[Row]:
    """A whole process that audits presets of the embedded store, beside one that imports the libraries alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles the package anew
        environ = {**os.environ, "CLIPDASH_RECORDS": folder, "PYTHONPATH": str(ROOT)}

        def run(arguments: list[str]) -> None:
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)

        started = (COMMAND, LIBRARIES, STATISTICS, MODELS)
        command, libraries, statistics, models = clock_in_turn(
            *(partial(run, arguments) for arguments in started), times=TIMES
        )
    return [
        at_most("audit of a preset, whole process, over numpy, pandas, faiss, scipy", command / libraries, 1.5,
                detail=f"{command:.2f} s and {libraries:.2f} s"),
        Row("  the same with scipy.stats among them", command / statistics, "x", "", None, f"{statistics:.2f} s"),
        Row("  importing torch and open_clip, which a new label adds", models, "s", "", None),
    ]  # fmt: skip


def measure() -> list[Row]:
    return [*measure_tower(), *measure_start()]


def main() -> None:
    for row in measure():
        print(row.say())


if __name__ == "__main__":
    main()
