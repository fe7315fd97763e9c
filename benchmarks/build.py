"""Builds: the pipeline beside the bare model and beside the loop of a tutorial, as ratios of one run.

    python benchmarks/build.py [--images 256] [--model ViT-B-32] [--side 500]

Weights are random (their values cost nothing), pictures are JPEGs of noise smoothed to the entropy of photographs. The
bare model gets ready tensors in batches; the pipeline is `encode_pictures` with its worker processes, from files to
shards on the disk; the loop is open_clip's transform in a torch DataLoader with its defaults (one picture at a time, in
the process of the model), and once more in batches of 32.

    python benchmarks/build.py --memory 100000

builds a store of so many pictures of 64 x 64 pixels with a tiny model and prints the largest resident memory of the
process at a tenth, a half and the whole of them.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_model
from torch.utils.data import DataLoader, Dataset

from clipdash.build import BuildOptions, build_store
from clipdash.build.crew import count_workers
from clipdash.build.encoding import Pass, encode_pictures
from clipdash.build.plan import EncoderPlan, Plan, digest_ids, size_shards
from clipdash.encoders import Encoder, read_encoder

BATCH = 32
TINY = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--side", type=int, default=500)
    parser.add_argument("--memory", type=int)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        if arguments.memory:
            measure_memory(Path(folder), arguments.memory)
        else:
            measure_speed(Path(folder), arguments.images, arguments.model, arguments.side)


def save_random(folder: Path, config: dict[str, object]) -> str:
    """Save a model with random weights as a folder; return its reference."""
    torch.manual_seed(0)
    folder.mkdir()
    save_model(open_clip.CLIP(**json.loads(json.dumps(config))), str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    return f"local-dir:{folder}"


def save_pictures(folder: Path, count: int, width: int, height: int) -> list[str]:
    random = np.random.default_rng(0)
    folder.mkdir()
    for place in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (height // 12 + 1, width // 12 + 1, 3), dtype=np.uint8))
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(folder / f"{place:06d}.jpg", quality=90)
    return [f"{place:06d}.jpg" for place in range(count)]


class Pictures(Dataset[torch.Tensor]):
    def __init__(self, folder: Path, ids: list[str], preprocess: object) -> None:
        self.paths, self.preprocess = [folder / name for name in ids], preprocess

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: int) -> torch.Tensor:
        return self.preprocess(Image.open(self.paths[place]).convert("RGB"))  # type: ignore[operator]


def run_loop(model: torch.nn.Module, data: Pictures, **options: int) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    with torch.no_grad():
        rows = [model.encode_image(batch) for batch in DataLoader(data, **options)]
        found = torch.cat(rows)
        found = found / found.norm(dim=-1, keepdim=True)
    return time.perf_counter() - start, found.numpy()


def run_bare(model: torch.nn.Module, data: Pictures) -> float:
    ready = [torch.stack([data[i] for i in range(s, min(s + BATCH, len(data)))]) for s in range(0, len(data), BATCH)]
    start = time.perf_counter()
    with torch.inference_mode():
        for batch in ready:
            model.encode_image(batch)
    return time.perf_counter() - start


def run_pipeline(folder: Path, images: Path, ids: list[str], encoder: Encoder) -> tuple[float, np.ndarray]:
    folder.mkdir()
    entry = EncoderPlan(variant="v", digest=encoder.spec.digest, device=encoder.device, precision=encoder.precision)
    plan = Plan(
        images=str(images),
        ids=digest_ids(ids),
        rows=len(ids),
        batch=BATCH,
        shard_rows=size_shards(len(ids), BATCH, None),
        thumbnail_size=96,
        encoders=(entry,),
    )
    start = time.perf_counter()
    shards = encode_pictures(Pass(plan, folder, ids, {"v": encoder}, count_workers()))
    took = time.perf_counter() - start
    return took, np.concatenate([b.vectors["v"] for shard in shards for b in shard.split_batches()])


def measure_speed(folder: Path, count: int, name: str, side: int) -> None:
    config = open_clip.get_model_config(name)
    reference = save_random(folder / "model", config)
    ids = save_pictures(folder / "images", count, side, side * 3 // 4)
    encoder = read_encoder(reference)
    model, preprocess = open_clip.create_model_from_pretrained(reference)
    model.eval()
    data = Pictures(folder / "images", ids, preprocess)
    model.encode_image(data[0][None])  # warm
    bare = run_bare(model, data)
    pipeline, ours = run_pipeline(folder / "work", folder / "images", ids, encoder)
    bare = (bare + run_bare(model, data)) / 2  # before and after, since machines drift
    alone, theirs = run_loop(model, data)
    batched, _ = run_loop(model, data, batch_size=BATCH)
    print(f"{count} JPEGs of {side} x {side * 3 // 4}, {name}, fp32, {torch.get_num_threads()} threads")
    for what, took in (
        ("bare model, ready tensors", bare),
        ("pipeline, files to shards with thumbnails", pipeline),
        ("tutorial loop, DataLoader defaults", alone),
        (f"tutorial loop, batches of {BATCH}", batched),
    ):
        print(f"{what:45} {count / took:7.1f} images/s")
    print(f"pipeline / bare model     {bare / pipeline:5.2f} of its throughput (at least .90 is wanted)")
    print(f"pipeline / tutorial loop  {alone / pipeline:5.2f} x (at least 1.3 is wanted)")
    print(f"pipeline / batched loop   {batched / pipeline:5.2f} x")
    print(f"largest difference of an embedding's number: {np.abs(ours - theirs).max():.1e} (at most 1e-5 is wanted)")


def measure_memory(folder: Path, count: int) -> None:
    reference = save_random(folder / "tiny", TINY)
    ids = save_pictures(folder / "images", count, 64, 64)
    rows = [f"{name},{'Female' if place % 2 else 'Male'},{place % 70}" for place, name in enumerate(ids)]
    (folder / "M.csv").write_text("\n".join(["image_id,gender,age", *rows]))
    marks = {count // 10: "a tenth", count // 2: "a half", count: "all encoded"}

    def note(done: int, total: int) -> None:
        for mark in [mark for mark in marks if done >= mark]:
            print(f"{marks.pop(mark):15} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB at most")

    start = time.perf_counter()
    options = BuildOptions(batch=256)
    build_store(
        folder / "store",
        images=folder / "images",
        metadata=folder / "M.csv",
        encoder=reference,
        options=options,
        progress=note,
    )
    took = time.perf_counter() - start
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'store in place':15} {largest:8.0f} MiB at most; {count:,} pictures in {took:,.0f} s")


if __name__ == "__main__":
    main()
