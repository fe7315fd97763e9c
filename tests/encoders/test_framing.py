import itertools
import subprocess
import sys

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from clipdash.encoders import find_input_size, frame_picture
from clipdash.errors import EncoderError

PICTURES = [(50, 40), (40, 50), (31, 32), (32, 32), (33, 97), (5, 7), (64, 64), (301, 77), (5, 200), (101, 100)]
TARGETS = [32, 33, (32, 32), (24, 40), (41, 24), [33, 32]]
MODES = ["shortest", "longest", "squash"]
INTERPOLATIONS = ["bicubic", "bilinear", "random"]


def draw(width, height, bands=3):
    noise = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(noise if bands > 1 else noise[..., 0])


def frame_by_open_clip(picture, **settings):
    """Open_clip's own transform up to the tensor, which is undone exactly: bytes / 255 * 255."""
    transform = image_transform_v2(PreprocessCfg(mean=(0.0,) * 3, std=(1.0,) * 3, **settings), is_train=False)
    return (transform(picture) * 255).round().numpy().astype(np.uint8).transpose(1, 2, 0)


@pytest.mark.parametrize(("mode", "interpolation"), [*itertools.product(MODES, INTERPOLATIONS)])
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_picture_is_framed_as_open_clip_does(mode, interpolation, target):
    settings = {"size": target, "resize_mode": mode, "interpolation": interpolation, "fill_color": 117}
    for size in PICTURES:
        framed = frame_picture(draw(*size), settings)
        assert framed.dtype == np.uint8
        assert framed.flags.writeable
        assert framed.shape == (*find_input_size(settings), 3)
        assert np.array_equal(framed, frame_by_open_clip(draw(*size), **settings)), size


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (1, 40), (40, 1), (2, 63)])
def test_narrow_picture_is_framed_as_open_clip_does(mode, size):
    for target in (32, (24, 40)):
        settings = {"size": target, "resize_mode": mode, "interpolation": "bicubic"}
        assert np.array_equal(frame_picture(draw(*size), settings), frame_by_open_clip(draw(*size), **settings))


@pytest.mark.parametrize("size", [(1, 1000), (1000, 1)])
def test_picture_of_which_nothing_would_be_left_is_refused(size):
    settings = {"size": 32, "resize_mode": "longest", "interpolation": "bicubic"}
    with pytest.raises(ValueError, match="height and width must be > 0"):
        frame_by_open_clip(draw(*size), **settings)
    with pytest.raises(EncoderError, match=r"pixels is too narrow: made to fit into 32 x 32, nothing of it is left"):
        frame_picture(draw(*size), settings)
    assert frame_picture(draw(*size), settings | {"resize_mode": "shortest"}).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("mode", "resize_mode"),
    [*itertools.product(["L", "RGBA", "LA", "CMYK"], MODES), ("P", "shortest"), ("P", "squash")],
)
def test_other_modes_are_converted_where_open_clip_does(mode, resize_mode):
    picture = draw(50, 33).convert(mode)
    settings = {"size": 32, "resize_mode": resize_mode, "interpolation": "bilinear", "fill_color": 9}
    assert np.array_equal(frame_picture(picture, settings), frame_by_open_clip(picture, **settings))


def test_colour_of_padding_may_have_three_parts():
    settings = {"size": 32, "resize_mode": "longest", "interpolation": "bicubic", "fill_color": [1, 2, 3]}
    framed = frame_picture(draw(64, 16), settings)
    assert framed[0, 0].tolist() == [1, 2, 3]
    assert np.array_equal(framed, frame_by_open_clip(draw(64, 16), **settings))


def test_settings_left_out_are_open_clips_own():
    assert np.array_equal(frame_picture(draw(300, 240), {}), frame_by_open_clip(draw(300, 240)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resize_mode": "stretch"}, r'resizes by "stretch"; expected shortest, longest, squash'),
        ({"interpolation": "nearest"}, r'interpolates by "nearest"; expected bicubic'),
        ({"size": [1, 2, 3]}, r"input size is \[1, 2, 3\]; expected a number"),
        ({"size": [32]}, r"input size is \[32\]"),
        ({"size": 0}, "input size is 0"),
        ({"size": "224"}, "input size is 224"),
    ],
)
def test_settings_of_no_known_kind_are_refused(settings, message):
    with pytest.raises(EncoderError, match=message):
        frame_picture(draw(9, 9), settings)


def test_framing_loads_no_torch():
    code = (
        "import sys; from PIL import Image; from clipdash.encoders import frame_picture\n"
        "frame_picture(Image.new('RGB', (9, 9)), {'size': 4})\n"
        "print({'torch', 'torchvision', 'open_clip'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
