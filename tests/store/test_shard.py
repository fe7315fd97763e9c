import numpy as np
import pytest

from clipdash.store.shard import ShardBatch, ShardFile, find_shard, write_whole

DIMS = {"one": 3, "other": 2}
ROWS = range(4, 8)


def make_batch(rows, seed=0):
    random = np.random.default_rng(seed)
    n = len(rows)
    return ShardBatch(
        rows=np.array(rows, dtype=np.int64),
        checksums=random.integers(0, 256, (n, 16), dtype=np.uint8),
        vectors={name: random.standard_normal((n, dim)).astype(np.float32) for name, dim in DIMS.items()},
        thumbnails=[b"webp", *[None] * (n - 1)],
    )


def write(path, batches, plan="p", skipped=((5, "no such file"),)):
    with ShardFile(path, DIMS) as file:
        for batch in batches:
            file.append(batch)
        file.finish(plan, ROWS, skipped)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "000001.arrow"


def test_what_was_appended_comes_back(path):
    batches = [make_batch([4, 6]), make_batch([7], seed=1)]
    shard = find_shard(write(path, batches), DIMS, "p", ROWS)
    assert shard.skipped == ((5, "no such file"),)
    read = list(shard.split_batches())
    assert [batch.rows.tolist() for batch in read] == [[4, 6], [7]]
    for made, found in zip(batches, read, strict=True):
        assert (found.checksums.dtype, found.checksums.shape) == (np.uint8, made.checksums.shape)
        assert np.array_equal(found.checksums, made.checksums)
        assert found.thumbnails == made.thumbnails
        for name, dim in DIMS.items():
            assert found.vectors[name].shape == (len(made.rows), dim)
            assert found.vectors[name].dtype == np.float32
            assert np.array_equal(found.vectors[name], made.vectors[name])


def test_a_shard_of_nothing_but_what_was_left_out(path):
    shard = find_shard(write(path, [], skipped=[(row, "empty file") for row in ROWS]), DIMS, "p", ROWS)
    assert list(shard.split_batches()) == []
    assert len(shard.skipped) == 4


def test_the_same_images_give_the_same_bytes(path, tmp_path):
    other = write(tmp_path / "other.arrow", [make_batch([4, 6])])
    assert write(path, [make_batch([4, 6])]).read_bytes() == other.read_bytes()


def test_a_shard_left_without_finish_is_none(path):
    with ShardFile(path, DIMS) as file:
        file.append(make_batch([4]))
    assert list(path.parent.iterdir()) == []
    assert find_shard(path, DIMS, "p", ROWS) is None


@pytest.mark.parametrize("change", [{"plan": "q"}, {"rows": range(4, 9)}, {"dims": {"one": 3}}])
def test_a_shard_of_another_build_does_not_count(path, change):
    write(path, [make_batch([4])])
    assert find_shard(path, **{"dims": DIMS, "plan": "p", "rows": ROWS, **change}) is None


def test_a_flipped_byte_anywhere_makes_it_none(path):
    content = write(path, [make_batch([4, 6])]).read_bytes()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert find_shard(path, DIMS, "p", ROWS) is None
    path.write_bytes(content)
    assert find_shard(path, DIMS, "p", ROWS)
    path.with_suffix(".json").write_text("{}")
    assert find_shard(path, DIMS, "p", ROWS) is None


def test_a_small_file_is_there_whole(tmp_path):
    write_whole(tmp_path / "plan.json", b"new")
    write_whole(tmp_path / "plan.json", b"newer")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("plan.json", b"newer")]
