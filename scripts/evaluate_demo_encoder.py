"""Print the figures of an encoder on the audit art, which it never saw in training."""

import argparse
import csv
from pathlib import Path

import open_clip
import torch
from demo_encoder import figures
from demo_encoder.emoji import NOT_VEHICLES, VEHICLE_SUBGROUPS
from PIL import Image
from torch import Tensor
from torch.nn import functional

BATCH = 256


def read_subjects(metadata: Path) -> dict[str, list[tuple[str, figures.Subject]]]:
    """Read the annotations: art -> (image_id, what the figures need)."""
    found: dict[str, list[tuple[str, figures.Subject]]] = {}
    with metadata.open(newline="") as handle:
        for row in csv.DictReader(handle):
            is_vehicle = row["subgroup"] in VEHICLE_SUBGROUPS and row["concept"] not in NOT_VEHICLES
            subject = figures.Subject(
                row["concept"], row["gender"], row["skin_tone"], row["kind"], is_vehicle, row["drawing"]
            )
            found.setdefault(row["art"], []).append((row["image_id"], subject))
    return found


@torch.no_grad()
def embed(model: torch.nn.Module, preprocess: object, paths: list[Path]) -> Tensor:
    """Embed pictures by the model's own preprocessing."""
    parts = []
    for start in range(0, len(paths), BATCH):
        pictures = torch.stack([preprocess(Image.open(path)) for path in paths[start : start + BATCH]])
        parts.append(functional.normalize(model.encode_image(pictures), dim=1))
    return torch.cat(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", type=Path, required=True, help="folder that demo_art.py audit wrote")
    parser.add_argument("--encoder", default="embeddings_cache/emoji/encoder")
    parser.add_argument("--by-occupation", action="store_true", help="print each occupation's share as well")
    arguments = parser.parse_args()
    source = f"local-dir:{arguments.encoder}"
    model, preprocess = open_clip.create_model_from_pretrained(source)
    model.eval()
    to_text = figures.fold_text(model, open_clip.get_tokenizer(source))
    for art, rows in read_subjects(arguments.audit / "metadata.csv").items():
        images = embed(model, preprocess, [arguments.audit / "images" / image_id for image_id, _ in rows])
        subjects = [subject for _, subject in rows]
        print(figures.line(art, figures.all_figures(images, subjects, to_text)))
        if arguments.by_occupation:
            shares = figures.confusion(images, subjects, to_text)
            print("  " + ", ".join(f"{occupation} {share:.2f}" for occupation, share in shares.items()))


if __name__ == "__main__":
    main()
