import io
import os
import struct
import zlib
from contextlib import suppress
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clipdash.build.picture import (
    PictureError,
    list_pictures,
    locate_picture,
    parse_picture,
    read_picture,
    shrink_picture,
)

RED, HALF, CLEAR = (255, 0, 0), (255, 0, 0, 128), (0, 0, 0, 0)


def save(path, image, **options):
    image.save(path, **options)
    return path


def corner(path):
    picture = read_picture(path)
    assert picture.mode == "RGB"
    return picture.getpixel((0, 0))


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "bmp", "tiff", "ppm", "avif"])
def test_formats_of_photographs(tmp_path, ending):
    pixel = corner(save(tmp_path / f"a.{ending}", Image.new("RGB", (16, 16), RED)))
    assert pixel == pytest.approx(RED, abs=4)


def test_transparent_pictures_lie_on_white(tmp_path):
    assert corner(save(tmp_path / "a.png", Image.new("RGBA", (4, 4), CLEAR))) == (255, 255, 255)
    assert corner(save(tmp_path / "b.png", Image.new("RGBA", (4, 4), HALF))) == pytest.approx((255, 127, 127), abs=1)
    assert corner(save(tmp_path / "c.png", Image.new("LA", (4, 4), (0, 0)))) == (255, 255, 255)
    palette = Image.new("P", (4, 4), 3)
    palette.putpalette([0, 0, 0] * 4)
    assert corner(save(tmp_path / "d.png", palette, transparency=3)) == (255, 255, 255)
    assert corner(save(tmp_path / "e.png", Image.new("RGB", (4, 4), RED), transparency=RED)) == (255, 255, 255)


def test_cmyk_and_grey(tmp_path):
    assert corner(save(tmp_path / "a.jpg", Image.new("CMYK", (8, 8), (0, 255, 255, 0)))) == pytest.approx(RED, abs=20)
    assert corner(save(tmp_path / "b.png", Image.new("L", (8, 8), 77))) == (77, 77, 77)
    assert corner(save(tmp_path / "c.png", Image.new("1", (8, 8), 1))) == (255, 255, 255)


def test_sixteen_bits_keep_their_shades(tmp_path):
    shades = np.array([[0, 0x4000, 0x8000, 0xFFFF]], dtype=np.uint16)
    picture = read_picture(save(tmp_path / "a.png", Image.fromarray(shades)))
    assert [picture.getpixel((x, 0))[0] for x in range(4)] == [0, 0x40, 0x80, 0xFF]


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_thirty_two_bits_are_stretched_from_darkest_to_lightest(tmp_path, dtype):
    shades = np.array([[-10, 40, 90]], dtype=dtype)
    picture = read_picture(save(tmp_path / "a.tiff", Image.fromarray(shades)))
    assert [picture.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]
    assert corner(save(tmp_path / "flat.tiff", Image.fromarray(np.full((2, 2), 7, dtype=dtype)))) == (0, 0, 0)


def test_values_that_are_not_finite_make_no_picture(tmp_path):
    path = save(tmp_path / "a.tiff", Image.fromarray(np.array([[np.nan, 1]], dtype=np.float32)))
    with pytest.raises(PictureError, match="not finite"):
        read_picture(path)


def test_turned_photographs_are_upright(tmp_path):
    image = Image.new("RGB", (20, 10), "black")
    image.paste(RED, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    picture = read_picture(save(tmp_path / "a.jpg", image, exif=exif, quality=95))
    assert picture.size == (10, 20)
    assert picture.getpixel((5, 2)) == pytest.approx(RED, abs=10)


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    assert corner(save(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])) == RED


def png(*chunks):
    def pack(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(pack(kind, data) for kind, data in chunks)


def head(width, height):
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


def encode(image, kind="PNG"):
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"hello", "not a picture that can be opened"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that can be opened"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "not a picture that can be opened"),
        (encode(NOISE)[:3000], "broken or cut short ("),
        (encode(NOISE, "JPEG")[:2000], "broken or cut short ("),
        (encode(NOISE, "WEBP")[:500], "broken or cut short ("),
        (png(head(8, 8), (b"IDAT", b"no zlib"), (b"IEND", b"")), "broken or cut short ("),
        (png(head(12_000, 12_000), (b"IDAT", b"")), "too large (at most 89,478,485 pixels are opened)"),
        (png(head(60_000, 60_000), (b"IDAT", b"")), "too large (at most 89,478,485 pixels are opened)"),
    ],
)
def test_what_cannot_be_used_has_a_reason(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PictureError) as caught:
        read_picture(tmp_path / "a.png")
    assert str(caught.value).startswith(reason)


def test_the_content_of_a_file_is_read_like_the_file(tmp_path):
    path = save(tmp_path / "a.png", Image.new("RGBA", (5, 3), HALF))
    content = path.read_bytes()
    assert parse_picture(content).tobytes() == read_picture(path).tobytes()
    for broken, reason in ((b"", "empty file"), (b"text", "not a picture"), (content[:-30], "broken or cut short")):
        with pytest.raises(PictureError, match=reason):
            parse_picture(broken)


def test_a_file_that_vanished_has_a_reason(tmp_path):
    with pytest.raises(PictureError, match=r"^cannot be read \(No such file or directory\)$"):
        read_picture(tmp_path / "a.png")


@settings(max_examples=200)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF"]),
    place=st.floats(0, 1),
    flip=st.integers(1, 255),
)
def test_no_damage_is_taken_for_a_bug(tmp_path_factory, kind, place, flip):
    content = bytearray(encode(NOISE.resize((9, 9)), kind))
    content[min(int(place**3 * len(content)), len(content) - 1)] ^= flip
    path = tmp_path_factory.mktemp("damaged") / "a"
    path.write_bytes(content)
    modes = set()
    with suppress(PictureError):
        modes.add(read_picture(path).mode)
    assert modes <= {"RGB"}


def test_thumbnails_keep_proportions(tmp_path):
    for size, expected in [((200, 100), (96, 48)), ((100, 200), (48, 96)), ((10, 20), (10, 20)), ((500, 1), (96, 1))]:
        thumbnail = Image.open(io.BytesIO(shrink_picture(Image.new("RGB", size), 96)))
        assert (thumbnail.format, thumbnail.size) == ("WEBP", expected)


def test_thumbnails_leave_the_picture_alone_and_are_the_same_each_time():
    picture = NOISE.copy()
    assert shrink_picture(picture, 32) == shrink_picture(picture, 32)
    assert picture.size == (64, 64)


def test_pictures_are_listed_by_their_path(tmp_path):
    for name in ("a.PNG", "deep/er/b.jpg", "notes.txt", "deep/c.csv", "фото/г.webp", "d.eps"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list_pictures(tmp_path) == {"a.PNG", "deep/er/b.jpg", "фото/г.webp"}


def test_a_picture_is_where_its_id_says(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a b.png").write_text("x")
    (tmp_path / "link.png").symlink_to("deep/a b.png")
    assert locate_picture(tmp_path, "deep/a b.png") == tmp_path / "deep" / "a b.png"
    assert locate_picture(tmp_path, "link.png") == tmp_path / "link.png"


@pytest.mark.parametrize(
    ("image_id", "reason"),
    [
        ("b.png", "no such file"),
        ("deep", "no such file"),
        ("a.png/x", "no such file"),
        ("a\0.png", "no such file"),
        ("pipe", "no such file"),
        ("/etc/passwd", "not a path relative to the folder of images"),
        ("../images/a.png", "not a path relative to the folder of images"),
        ("deep/../a.png", "not a path relative to the folder of images"),
        ("./a.png", "not a path relative to the folder of images"),
        ("deep//a.png", "not a path relative to the folder of images"),
        ("out.png", "a link that leaves the folder of images"),
        ("away/secret.png", "a link that leaves the folder of images"),
        ("x" * 5000, "cannot be read (File name too long)"),
    ],
)
def test_other_ids_have_a_reason(tmp_path, image_id, reason):
    folder = tmp_path / "images"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.png").write_text("x")
    (tmp_path / "secret.png").write_text("x")
    (folder / "out.png").symlink_to("../secret.png")
    (folder / "away").symlink_to("..")
    os.mkfifo(folder / "pipe")
    with pytest.raises(PictureError) as caught:
        locate_picture(folder, image_id)
    assert str(caught.value) == reason


@pytest.mark.parametrize(("written", "asked"), [("NFD", "NFC"), ("NFC", "NFD"), ("NFC", "NFC")])
def test_accents_may_be_composed_otherwise_in_the_name_of_a_file(tmp_path, written, asked):
    path = tmp_path / normalize(written, "Zo\u00eb") / normalize(written, "caf\u00e9.png")
    path.parent.mkdir()
    path.write_text("x")
    assert locate_picture(tmp_path, normalize(asked, "Zo\u00eb/caf\u00e9.png")) == path
