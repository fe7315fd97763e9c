"""Builds and questions on a real Ray of two processors: what one machine gives, whatever dies on the way."""

import json
import os
import signal
import sys
import threading
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from squares import Squares
from tiny_encoder import save_tiny_encoder

from clipdash.__main__ import main
from clipdash.build import BuildOptions, build_store, hands
from clipdash.build.cluster import Job, LocalEngine, RayEngine, open_engine
from clipdash.errors import BuildError, InputError, QueryError
from clipdash.store import open_store

IMAGES = 40


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As many actors as processors, and the same digits in both engines."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(5)
    (folder / "images").mkdir()
    for row in range(IMAGES):
        pixels = rng.integers(0, 256, (40, 36, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{row}.png")
    (folder / "images" / "17.png").write_bytes(b"no picture")
    lines = [f"{row}.png,{'ab'[row % 2]}" for row in range(IMAGES)]
    (folder / "M.csv").write_text("\n".join(["image_id,side", *lines]), encoding="utf-8")
    save_tiny_encoder(folder / "tiny")
    return folder


def build(world, place, engine="local", shards=5, **more):
    progress = more.pop("progress", None)
    options = BuildOptions(batch=4, shards=shards, engine=engine, workers=1, **more)
    return build_store(
        place,
        images=world / "images",
        metadata=world / "M.csv",
        encoder=f"local-dir:{world / 'tiny'}",
        options=options,
        progress=progress,
    ).store


@pytest.fixture(scope="module")
def local(world, tmp_path_factory):
    return build(world, tmp_path_factory.mktemp("local") / "store")


def test_a_build_on_ray_has_the_bytes_of_a_local_one(world, local, tmp_path, local_ray):
    store = build(world, tmp_path / "store", "ray", 1)
    assert store.digest == local.digest
    assert store.read_notes()[0] == (("17.png", local.read_notes()[0][0][1]),)
    assert local_ray.is_initialized()


def test_a_killed_process_is_replaced_and_the_build_ends_equal(world, local, tmp_path, local_ray):
    place, killed = tmp_path / "store", []

    def kill():
        deadline = time.monotonic() + 40
        while not killed and time.monotonic() < deadline:
            for partial_file in place.with_name(".store.build").glob("shards/*.partial"):
                pid = int(partial_file.name.split(".")[-2].rpartition("-")[2])
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                return
            time.sleep(0.001)

    hunter, told = threading.Thread(target=kill), []
    hunter.start()
    store = build(world, place, "ray", progress=lambda done, rows: told.append((done, rows)))
    hunter.join()
    assert (told[0], told[-1], len(told)) == ((0, IMAGES), (IMAGES, IMAGES), 6)
    assert len(killed) == 1
    assert killed[0] != os.getpid()
    assert store.digest == local.digest


def test_a_build_may_go_on_with_another_engine_and_with_the_first_again(world, local, tmp_path, local_ray):
    def stop_at(rows):
        def tell(done, _):
            if done >= rows:
                raise KeyboardInterrupt

        return tell

    with pytest.raises(KeyboardInterrupt):
        build(world, tmp_path / "store", progress=stop_at(16))
    first = len([*tmp_path.glob(".store.build/shards/*.json")])
    assert first >= 1
    with pytest.raises(KeyboardInterrupt):
        build(world, tmp_path / "store", "ray", None, resume=True, progress=stop_at(24))
    left = len([*tmp_path.glob(".store.build/shards/*.json")])
    assert first < left < 5
    told = []
    store = build(world, tmp_path / "store", "local", None, resume=True, progress=lambda done, rows: told.append(done))
    assert told[0] >= 8 * left
    assert store.digest == local.digest


@pytest.mark.parametrize(
    "asked",
    [
        "audit emoji --labels gender-person --by skin_tone --shards 3",
        "audit URL --labels gender-person --by skin_tone --shards 7",
        "compare emoji --before gender --after gender-person --by art --where kind=person --cluster concept "
        "--no-placebo --shards 2",
    ],
    ids=["audit", "audit of a URL", "compare"],
)
def test_a_question_on_ray_has_the_figures_of_one_machine(asked, capsys, local_ray):
    place, words = {"URL": f"file://{open_store('emoji').path}"}, asked.split()

    def ask(*given):
        capsys.readouterr()
        assert main([place.get(word, word) for word in given]) == 0
        return {name: value for name, value in json.loads(capsys.readouterr().out).items() if name != "command"}

    assert ask(*words, "--engine", "ray", "--json") == ask(*words[: words.index("--shards")], "--json")


def test_a_folder_that_is_not_shared_is_said(world, local, tmp_path):
    order = hands.Order(None, tmp_path / "elsewhere", {}, 1, 0, False)
    with pytest.raises(BuildError, match=r"elsewhere is not there on .* share under the same path"):
        hands.ShardEncoder(order)


def test_a_shard_that_is_not_seen_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(hands, "_PATIENCE", 0.01)
    with pytest.raises(BuildError, match="is not seen here, though it was written on far"):
        hands._await_file(tmp_path / "000000.json", "far")


def test_parts_come_back_from_every_engine(tmp_path, local_ray):
    job = Job(partial(Squares, tmp_path))
    wanted = [(number, number * number) for number in range(9)]
    assert sorted(RayEngine(local_ray).run(job, range(9))) == wanted  # 7 ended its process once
    assert (tmp_path / "died").exists()
    assert list(LocalEngine().run(job, range(9))) == wanted


def test_a_part_that_ends_every_process_ends_the_work(tmp_path, local_ray):
    with pytest.raises(QueryError, match="died 3 times on the Ray cluster"):
        list(RayEngine(local_ray).run(Job(partial(Squares, tmp_path)), [1, 13]))


def test_what_the_work_refuses_comes_back_as_it_was(tmp_path, local_ray):
    with pytest.raises(BuildError, match="no negative squares"):
        list(RayEngine(local_ray).run(Job(partial(Squares, tmp_path)), [1, -1]))


class _Lost:
    """A cluster whose only machine died with the work on it."""

    def wait(self, references, **options):
        return [], references

    def nodes(self):
        return [{"Alive": False}]

    def cluster_resources(self):
        return {"CPU": 2}

    def remote(self, **options):
        return lambda kind: SimpleNamespace(remote=lambda *given: SimpleNamespace(do=SimpleNamespace(remote=id)))

    def kill(self, hand):
        raise RuntimeError("gone")


def test_a_cluster_without_a_machine_left_is_not_waited_for(tmp_path):
    with pytest.raises(QueryError, match="No machine of the Ray cluster is alive any more"):
        list(RayEngine(_Lost()).run(Job(partial(Squares, tmp_path)), [1]))


def test_more_processors_than_there_are_is_refused(tmp_path, local_ray):
    with pytest.raises(QueryError, match="has 2 processors"):
        list(RayEngine(local_ray).run(Job(partial(Squares, tmp_path), cpus=3), [1]))


@pytest.mark.parametrize("engine", ["", "dask", "ray:", "ray://", "ray://host", "ray://host:port", "ray://a b:1"])
def test_an_engine_that_is_none_is_refused(world, tmp_path, engine):
    with pytest.raises(InputError, match="expected local, ray, or ray://HOST:PORT"):
        build(world, tmp_path / "store", engine)


def test_without_ray_the_sentence_names_what_to_install(world, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(QueryError, match=r"pip install clipdash\[ray\]"):
        build(world, tmp_path / "store", "ray")
    assert not (tmp_path / ".store.build").exists()


def test_a_cluster_that_does_not_answer_is_said(monkeypatch, local_ray):
    monkeypatch.setattr(local_ray, "is_initialized", lambda: False)
    with pytest.raises(QueryError, match=r"cluster at 127.0.0.1:9 cannot be joined"), open_engine("ray://127.0.0.1:9"):
        pass
