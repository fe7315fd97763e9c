import json

import huggingface_hub
import open_clip
import pytest
from open_clip import pretrained
from tiny_encoder import save_tiny_encoder

from clipdash.__main__ import main
from clipdash.encoders import read_encoder


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    """Caches that hold nothing, and no network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


@pytest.fixture
def tiny(caches, monkeypatch):
    """A published tag whose weights are on this machine."""
    folder = save_tiny_encoder(caches / "made")
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    weights = folder / "open_clip_model.safetensors"
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny", {"mine": {"file": str(weights)}})
    return weights


def run(capsys, *arguments):
    code = main(arguments)
    return code, *capsys.readouterr()


def test_the_table_has_a_row_for_every_pair(tiny, capsys):
    code, out, err = run(capsys, "encoders")
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 1 + len(open_clip.list_pretrained()))
    assert lines[0].split() == ["model", "tag", "parameters", "dimension", "context", "length", "weights", "here"]
    assert next(line for line in lines if line.startswith("ViT-B-32 ")).split()[2:] == ["151,277,313", "512", "77"]
    assert lines[-1].split() == ["tiny", "mine", "16", "24", str(tiny)]


def test_json_of_those_that_are_here(tiny, capsys):
    code, out, _ = run(capsys, "encoders", "--here", "--json")
    expected = {"model": "tiny", "tag": "mine", "reference": "tiny/mine", "parameters": None, "dim": 16}
    assert (code, json.loads(out)) == (0, {"encoders": [{**expected, "context_length": 24, "weights": str(tiny)}]})
    found = json.loads(run(capsys, "encoders", "--json")[1])["encoders"]
    assert len(found) == len(open_clip.list_pretrained())
    assert found[0]["weights"] is None


def test_fetch_writes_a_folder_that_can_be_read(tiny, caches, capsys):
    target = caches / "carried"
    code, out, err = run(capsys, "encoders", "fetch", "tiny/mine", "--to", str(target))
    assert (code, err) == (0, "")
    assert f"Name it as local-dir:{target}" in out
    assert read_encoder(f"local-dir:{target}").spec.dim == 16
    code, out, err = run(capsys, "encoders", "fetch", "tiny/mine", "--to", str(target))
    assert (code, out, err) == (2, "", f"{target} exists and is not overwritten. Name a new folder.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "ViT-B32/openai", "--to", "new"], 'no model "ViT-B32". The nearest is "ViT-B-32".'),
        (["fetch", "nonsense", "--to", "new"], '"nonsense" does not name an encoder.'),
        (["fetch", "ViT-B-32/openai", "--to", "new"], "Bring them: run `clipdash encoders fetch ViT-B-32/openai --to"),
        (["fetch", "hf-hub:a/b/c", "--to", "new"], "The weights of hf-hub:a/b/c are not in"),
        (["fetch", "weights:ViT-B-32:gone.pt", "--to", "new"], "gone.pt is not there."),
        (["fetch", "ViT-B-32/openai"], "Missing option '--to'"),
        (["ftch"], "No such command 'ftch'"),
        (["--hre"], "No such option: --hre"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, caches, monkeypatch, capsys):
    monkeypatch.chdir(caches)
    code, out, err = run(capsys, "encoders", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
