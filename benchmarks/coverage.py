"""How often the intervals hold and the tests err, by seeded simulation, beside the bars that they must keep.

Run: ``.venv/bin/python benchmarks/coverage.py [--times 2000]``. It exits with 1 where a bar is missed. Short versions
of the same run with the tests (``tests/stats/test_stats_coverage.py``).
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import binom

from clipdash.stats import (
    curve_band,
    ecdf_band,
    gap,
    gap_change,
    holm,
    homogeneity,
    mcnemar_midp,
    newcombe_paired,
    rate_spread,
    shift_design,
    wilson,
)

SIZES = (30, 50, 100, 300, 1000, 3000)
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
CORRELATIONS = (0.0, 0.3, 0.6, 0.9)
PAIRED_TIMES = 10


@dataclass(frozen=True)
class Row:
    """One line of the table: what was simulated, the worst and the mean share, and whether the bar holds."""

    method: str
    cells: int
    worst: float
    mean: float
    bar: str
    holds: bool


def cross(before: float, after: float, correlation: float) -> np.ndarray | None:
    """Return the chances both, fixed, broken, neither; None where no such table exists."""
    spread = np.sqrt(before * (1 - before) * after * (1 - after))
    both = before * after + correlation * spread
    cells = np.array([both, before - both, after - both, 1 - before - after + both])
    return cells if (cells >= 0).all() else None


def cover_wilson() -> Row:
    """Exact: the binomial distribution is summed."""
    found = []
    for n, rate in product(SIZES, RATES):
        low, high = wilson(np.arange(n + 1), np.full(n + 1, n))
        found.append(float(binom.pmf(np.arange(n + 1), n, rate)[(low <= rate) & (rate <= high)].sum()))
    holds = min(found) >= 0.90 and np.mean(found) >= 0.945
    return Row("rate: Wilson", len(found), min(found), float(np.mean(found)), ">= .90, mean >= .945", holds)


def cover_paired(rng: np.random.Generator, times: int) -> tuple[Row, int]:
    """Simulate the paired shift in every feasible cell; return the row and how many cells are not feasible."""
    found, skipped = [], 0
    for n, before, after, correlation in product(SIZES, RATES, RATES, CORRELATIONS):
        cells = cross(before, after, correlation)
        if cells is None:
            skipped += 1
            continue
        both, fixed, broken, neither = rng.multinomial(n, cells, times * PAIRED_TIMES).T
        low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither)
        found.append(float(np.mean((low <= after - before + 1e-12) & (after - before - 1e-12 <= high))))
    noise = 3 * np.sqrt(0.94 * 0.06 / (times * PAIRED_TIMES))
    row = Row(
        "shift: Newcombe paired", len(found), min(found), float(np.mean(found)), ">= .94", min(found) >= 0.94 - noise
    )
    return row, skipped


def worlds(rates: Iterable[float], groups: Iterable[int]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield sizes and rates of groups: all alike, one apart, spread out."""
    for base, count in product(rates, groups):
        ns = np.linspace(60, 900, count).astype(int)
        yield ns, np.full(count, base)
        yield ns, np.where(np.arange(count) == 0, min(0.5, 3 * base), base)
        yield ns, np.linspace(base, min(0.5, 2 * base), count)


def cover_gap(rng: np.random.Generator, times: int) -> Row:
    """Simulate the gap of one set."""
    found = []
    for ns, rates in worlds((0.02, 0.1, 0.3), (2, 4, 8)):
        estimates = [gap(counts, ns) for counts in rng.binomial(ns, rates, (times, len(ns)))]
        found.append(float(np.mean([each.low <= np.ptp(rates) <= each.high for each in estimates])))
    noise = 3 * np.sqrt(0.93 * 0.07 / times)
    return Row("gap", len(found), min(found), float(np.mean(found)), ">= .93", min(found) >= 0.93 - noise)


def cover_change(rng: np.random.Generator, times: int) -> Row:
    """Simulate the change of the gap."""
    found = []
    for (ns, before), correlation in product(worlds((0.05, 0.2), (2, 4)), (0.0, 0.5)):
        after = before[::-1] * 0.8
        cells = [cross(b, a, correlation) for b, a in zip(before, after, strict=True)]
        if any(each is None for each in cells):
            continue
        tables = np.stack([rng.multinomial(n, each, times) for n, each in zip(ns, cells, strict=True)], axis=1)
        true = np.ptp(after) - np.ptp(before)
        estimates = [gap_change(table, draws=400) for table in tables]
        found.append(float(np.mean([each.low <= true <= each.high for each in estimates])))
    noise = 3 * np.sqrt(0.95 * 0.05 / times)
    return Row("change of the gap", len(found), min(found), float(np.mean(found)), ">= .95", min(found) >= 0.95 - noise)


def cover_spread(rng: np.random.Generator, times: int) -> Row:
    """Simulate the between-group standard deviation of rates."""
    found = []
    for ns, rates in worlds((0.1, 0.3), (4, 8)):
        sizes = np.maximum(ns, 100)
        weights = sizes / (rates * (1 - rates))
        true = np.sqrt((weights * (rates - np.average(rates, weights=weights)) ** 2).sum() / weights.sum())
        estimates = [rate_spread(counts, sizes) for counts in rng.binomial(sizes, rates, (times, len(sizes)))]
        found.append(float(np.mean([each.low <= true + 1e-12 and true <= each.high + 1e-12 for each in estimates])))
    noise = 3 * np.sqrt(0.9 * 0.1 / times)
    return Row("spread (n >= 100)", len(found), min(found), float(np.mean(found)), ">= .90", min(found) >= 0.90 - noise)


def cover_clusters(rng: np.random.Generator, times: int) -> tuple[Row, Row]:
    """Simulate shifts of clusters of five images that follow each other half of the time: plain, and with clusters."""
    plain, wide, size = [], [], 5
    for clusters, (before, after) in product((25, 60, 200), ((0.3, 0.2), (0.1, 0.1), (0.05, 0.2))):
        held = np.zeros(2)
        for _ in range(times):
            sides = []
            for rate in (before, after):
                shared, own = rng.random((clusters, 1)) < rate, rng.random((clusters, size)) < rate
                sides.append(np.where(rng.random((clusters, size)) < np.sqrt(0.5), shared, own))
            first, second = sides
            fixed, broken = (first & ~second).sum(axis=1), (~first & second).sum(axis=1)
            counts = {"both": (first & second).sum(), "fixed": fixed.sum(), "broken": broken.sum()}
            counts["neither"] = clusters * size - sum(counts.values())
            design = shift_design(fixed, broken, np.full(clusters, size))
            thin = {name: count / design.effect for name, count in counts.items()}
            ends = newcombe_paired(**counts), newcombe_paired(**thin, z=design.find_point(0.95))
            held += [low <= after - before <= high for low, high in ends]
        plain.append(held[0] / times)
        wide.append(held[1] / times)
    noise = 3 * np.sqrt(0.94 * 0.06 / times)
    return (
        Row("clusters: plain (compare)", len(plain), min(plain), float(np.mean(plain)), "none", True),
        Row("clusters: design effect", len(wide), min(wide), float(np.mean(wide)), ">= .94", min(wide) >= 0.94 - noise),
    )


def cover_curves(rng: np.random.Generator, times: int) -> tuple[Row, Row]:
    """Simulate whole curves over thresholds: one that falls, one that rises and falls."""
    grid, falls, bends = np.linspace(0.02, 0.98, 49), [], []
    ends = np.sort(rng.random((20_000, 2)), axis=1)
    truth = ((ends[:, :1] < grid) & (grid <= ends[:, 1:])).mean(axis=0)
    for n in (60, 120, 500):
        held = np.zeros(2)
        for seed in range(times):
            counts = n - np.searchsorted(np.sort(rng.random(n)), grid)
            low, high = ecdf_band(counts / n, n)
            held[0] += bool(((low <= 1 - grid) & (1 - grid <= high)).all())
            some = ends[rng.choice(len(ends), n)]
            marks = (some[:, :1] < grid) & (grid <= some[:, 1:])
            states, sizes = np.unique(marks, axis=0, return_counts=True)
            low, high = curve_band(sizes, states, draws=199, seed=seed)
            held[1] += bool(((low <= truth) & (truth <= high)).all())
        falls.append(held[0] / times)
        bends.append(held[1] / times)
    noise = 3 * np.sqrt(0.95 * 0.05 / times)
    return (
        Row("curve: DKW", len(falls), min(falls), float(np.mean(falls)), ">= .95", min(falls) >= 0.95 - noise),
        Row("curve: bootstrap", len(bends), min(bends), float(np.mean(bends)), ">= .92", min(bends) >= 0.92 - noise),
    )


def err_homogeneity(rng: np.random.Generator, times: int) -> Row:
    """Simulate one shift for all groups, of which some move far more than others."""
    found = []
    for moves in ((0.01, 0.05), (0.005, 0.02, 0.05, 0.15), (0.03,) * 8):
        cells = [(0.05, moving, moving, 0.95 - 2 * moving) for moving in moves]
        tables = np.stack([rng.multinomial(400, each, times) for each in cells], axis=1)
        called = [homogeneity(table.sum(axis=1), table[:, 1], table[:, 2]).p <= 0.05 for table in tables]
        found.append(float(np.mean(called)))
    bound = 0.055 + 2 * np.sqrt(0.055 * 0.945 / times)
    return Row("groups differ: Q (size)", len(found), max(found), float(np.mean(found)), "<= .055", max(found) <= bound)


def err_holm(rng: np.random.Generator, times: int) -> Row:
    """Simulate families of groups without any shift."""
    found = []
    for groups, moving in product((2, 8), (0.02, 0.1)):
        tables = rng.multinomial(300, (0.05, moving, moving, 0.95 - 2 * moving), (times, groups))
        wrong = [min(holm([mcnemar_midp(f, b) for _, f, b, _ in table])) <= 0.05 for table in tables.tolist()]
        found.append(float(np.mean(wrong)))
    bound = 0.055 + 2 * np.sqrt(0.055 * 0.945 / times)
    return Row("family: Holm (error)", len(found), max(found), float(np.mean(found)), "<= .055", max(found) <= bound)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=2000, help="samples a cell")
    times = parser.parse_args().times
    rng = np.random.default_rng(20)
    paired, skipped = cover_paired(rng, times)
    rows = [cover_wilson(), paired, cover_gap(rng, times), cover_change(rng, max(200, times // 10))]
    rows += [cover_spread(rng, times), err_homogeneity(rng, times), err_holm(rng, max(500, times // 2))]
    rows += [*cover_clusters(rng, max(200, times // 4)), *cover_curves(rng, max(100, times // 10))]
    print(f"{'method':<26}{'cells':>6}{'worst':>8}{'mean':>8}   {'bar':<22}holds")
    for row in rows:
        holds = "yes" if row.holds else "NO"
        print(f"{row.method:<26}{row.cells:>6}{row.worst:>8.3f}{row.mean:>8.3f}   {row.bar:<22}{holds}")
    print(f"Paired cells that cannot exist, skipped: {skipped}. Bars are held within 3 (sizes: 2) Monte Carlo errors.")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
