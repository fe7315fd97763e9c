import pytest
import torch

from clipdash.encoders import DEVICES, PRECISIONS, pick_device, read_encoder
from clipdash.encoders.device import cast_images, check_precision
from clipdash.errors import EncoderError


def stage(monkeypatch, *there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in there)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in there)


@pytest.mark.parametrize(
    ("there", "picked"), [((), "cpu"), (("cuda",), "cuda"), (("mps",), "mps"), (("cuda", "mps"), "cuda")]
)
def test_auto_takes_the_first_that_is_there(monkeypatch, there, picked):
    stage(monkeypatch, *there)
    assert pick_device() == pick_device("auto") == picked
    for name in there:
        assert pick_device(name) == name
    assert pick_device("cpu") == "cpu"


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    stage(monkeypatch, "mps")
    with pytest.raises(EncoderError, match='no device "cuda" that torch can use on this machine, only mps, cpu'):
        pick_device("cuda")
    stage(monkeypatch)
    with pytest.raises(EncoderError, match='no device "mps"'):
        read_encoder("ViT-B-32/openai", device="mps")
    with pytest.raises(EncoderError, match=r'"gpu" is no device\. Expected auto, cpu, cuda, mps'):
        pick_device("gpu")


def test_precision_must_be_one_that_the_device_has():
    assert DEVICES[0] == "auto"
    assert [check_precision(name, "cuda") for name in PRECISIONS] == list(PRECISIONS)
    with pytest.raises(EncoderError, match='"fp16" is for cuda and mps'):
        read_encoder("ViT-B-32/openai", precision="fp16")
    with pytest.raises(EncoderError, match=r'"int8" is no precision\. Expected fp32, bf16, fp16'):
        check_precision("int8", "cpu")


def test_full_precision_on_cuda_is_full(monkeypatch):
    before = torch.backends.cudnn.allow_tf32
    with cast_images("cuda", "fp32"):
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before
    with cast_images("cpu", "bf16"):
        assert torch.is_autocast_enabled("cpu")
    assert not torch.is_autocast_enabled("cpu")
