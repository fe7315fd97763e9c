"""Count the parameters of every open_clip model into clipdash/encoders/sizes.csv, without memory for their weights.

A model whose text tower is built from a configuration on a hub is left out where that cannot be had.
Run after open_clip was updated: python scripts/count_parameters.py
"""

import csv
import logging
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "clipdash" / "encoders" / "sizes.csv"


def count_parameters(name: str) -> int:
    """Return how many parameters a model has; it is created on the device "meta", which holds no numbers."""
    import open_clip
    import torch

    with torch.device("meta"):
        model = open_clip.create_model(name, device="meta", pretrained_text=False)
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    import open_clip

    logging.disable(logging.WARNING)
    rows = []
    for name in open_clip.list_models():
        try:
            rows.append((name, count_parameters(name)))
        except (RuntimeError, OSError, ImportError) as error:
            print(f"{name} is left out: {str(error).splitlines()[0]}", file=sys.stderr)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("model", "parameters"), *rows])
    print(f"{len(rows)} models in {TARGET}")


if __name__ == "__main__":
    main()
