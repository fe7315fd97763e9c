import pyarrow as pa
import pytest

from clipdash.store.manifest import DamageError
from clipdash.store.thumbnails import ThumbnailFile, map_thumbnails


def write(path, thumbnails):
    file = ThumbnailFile(path)
    for thumbnail in thumbnails:
        file.append([thumbnail])
    file.close()
    assert file.rows == len(thumbnails)
    return pa.py_buffer(path.read_bytes())


def test_every_row_comes_back_over_many_batches(tmp_path):
    thumbnails = [None if row % 7 == 0 else f"picture {row}".encode() for row in range(2500)]
    column = map_thumbnails(write(tmp_path / "t", thumbnails), 2500)
    assert [column[row].as_py() for row in range(2500)] == thumbnails
    assert column.num_chunks == 3


def write_other(path):
    with pa.ipc.new_file(str(path), pa.schema([("thumb", pa.string())])) as writer:
        writer.write_table(pa.table({"thumb": ["x"]}))
    return pa.py_buffer(path.read_bytes())


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: pa.py_buffer(b"ARROW1 not really"), "is not an Arrow file"),
        (lambda path: write(path, [b"x"] * 9).slice(0, 400), "is not an Arrow file"),
        (lambda path: write(path, [b"x", b"y"]), "does not hold one thumbnail for each of the 1 images"),
        (write_other, "does not hold one thumbnail"),
    ],
)
def test_another_file_is_named(tmp_path, make, sentence):
    with pytest.raises(DamageError) as caught:
        map_thumbnails(make(tmp_path / "t"), 1)
    assert str(caught.value).startswith("thumbs.arrow ")
    assert sentence in str(caught.value)


def test_an_offset_out_of_the_file_is_not_followed(tmp_path):
    content = bytearray(write(tmp_path / "t", [b"abcd", b"efgh"]).to_pybytes())
    place = content.index((4).to_bytes(4, "little") + (8).to_bytes(4, "little"))
    content[place + 4 : place + 8] = (2**30).to_bytes(4, "little")
    with pytest.raises(DamageError, match="is not an Arrow file"):
        map_thumbnails(pa.py_buffer(bytes(content)), 2)


def test_a_discarded_file_can_be_closed_twice(tmp_path):
    file = ThumbnailFile(tmp_path / "t")
    file.append([b"x"])
    file.discard()
    file.discard()
    with pytest.raises(DamageError):
        map_thumbnails(pa.py_buffer((tmp_path / "t").read_bytes()), 1)
