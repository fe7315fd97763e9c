import numpy as np
import pytest
from scipy.stats import permutation_test

from clipdash.stats import flip_jointly, shuffle_groups


def test_one_specification_is_the_plain_sign_flip_test():
    random = np.random.default_rng(0)
    differences = random.choice([-1, 0, 1], (60, 1), p=[0.1, 0.7, 0.2]).astype(np.int8)
    found = flip_jointly(differences, draws=9999)
    oracle = permutation_test(
        (differences[:, 0].astype(float),),
        lambda x, axis: np.abs(x.mean(axis=axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=9999,
        rng=1,
    )
    assert found.statistic == pytest.approx(abs(differences.mean()), abs=1e-6)
    assert found.p == pytest.approx(oracle.pvalue, abs=0.02)


def test_specifications_flip_together():
    random = np.random.default_rng(3)
    column = random.choice([-1, 0, 1], 80, p=[0.1, 0.7, 0.2]).astype(np.int8)
    one, many = (flip_jointly(np.repeat(column[:, None], times, axis=1)) for times in (1, 700))
    assert one == many  # the same specification 700 times over is one


def test_shuffled_groups_meet_every_specification_alike():
    random = np.random.default_rng(4)
    wrong, group = random.random(90) < 0.3, np.repeat([0, 1, 2], 30)
    one, many = (shuffle_groups(np.repeat(wrong[:, None], times, axis=1), group, 199) for times in (1, 700))
    assert one == many
    rates = [wrong[group == g].mean() for g in range(3)]
    assert one.statistic == pytest.approx(max(rates) - min(rates), abs=1e-6)


@pytest.mark.parametrize("kind", ["flip", "shuffle"])
def test_size_under_no_effect_in_any_specification(kind):
    random = np.random.default_rng(5)
    rejected = 0
    for seed in range(200):
        if kind == "flip":
            shared = random.choice([-1, 0, 1], (80, 1), p=[0.15, 0.7, 0.15])
            own = random.choice([-1, 0, 1], (80, 9), p=[0.1, 0.8, 0.1])
            answers = np.where(random.random((80, 9)) < 0.6, shared, own).astype(np.int8)
            rejected += flip_jointly(answers, 99, seed).p <= 0.05
        else:
            shared = random.random((80, 1)) < 0.3
            answers = np.where(random.random((80, 9)) < 0.6, shared, random.random((80, 9)) < 0.3)
            rejected += shuffle_groups(answers, np.arange(80) % 3, 99, seed).p <= 0.05
    assert rejected <= 0.09 * 200


def test_progress_is_told_and_counts_that_cannot_be_are_refused():
    told = []
    flip_jointly(np.ones((5, 1100), np.int8), 9, progress=told.append)
    assert told == pytest.approx([512 / 1100, 1024 / 1100, 1.0])
    with pytest.raises(ValueError, match="images by specifications"):
        flip_jointly(np.ones((0, 3), np.int8))
    with pytest.raises(ValueError, match="at least two"):
        shuffle_groups(np.ones((4, 2), bool), np.zeros(4, np.int64))
