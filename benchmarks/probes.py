"""What a linear probe and its learning curve cost: `python benchmarks/probes.py`, by hand."""

from time import perf_counter

import numpy as np

from clipdash.probes import Sample, fit_probe, learn_curve


def make_sample(images: int, dim: int, classes: int) -> Sample:
    """Classes in noise round a direction that all share, as embeddings of one model do."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, classes, images)
    vectors = rng.normal(size=(images, dim)) + 2 * rng.normal(size=(classes, dim))[truth] / 8 + rng.normal(size=dim)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    names, member, ids = tuple("abcdefghi"[:classes]), rng.integers(0, 7, images), [str(n) for n in range(images)]
    groups = tuple({"group": str(n)} for n in range(7))
    return Sample(vectors, ids, "kind", names, truth, ("group",), groups, member, np.arange(images))


def main() -> None:
    """Print a table: images, numbers an image, classes, seconds of each."""
    for images, dim, classes in ((2000, 1024, 2), (2000, 1024, 9), (20_000, 512, 2), (20_000, 512, 9)):
        sample, start = make_sample(images, dim, classes), perf_counter()
        fit_probe(sample)
        middle = perf_counter()
        learn_curve(sample)
        print(
            f"| {images:,} | {dim:,} | {classes} | {middle - start:.1f} s | {perf_counter() - middle:.1f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
