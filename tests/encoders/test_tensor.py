import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from clipdash.encoders import read_tensor
from clipdash.errors import FileError

ROWS = torch.arange(6, dtype=torch.float32).reshape(3, 2)


def test_the_one_matrix_is_found(tmp_path):
    torch.save(ROWS, tmp_path / "a.pt")
    torch.save({"features": ROWS.bfloat16(), "scale": torch.ones(1)}, tmp_path / "b.pth")
    save_file({"features": ROWS.half()}, tmp_path / "c.safetensors")
    for name in ("a.pt", "b.pth", "c.safetensors"):
        found = read_tensor(tmp_path / name)
        assert found.shape == (3, 2)
        np.testing.assert_array_equal(found, ROWS.numpy())


class Harmful:
    def __reduce__(self):
        return (print, ("run",))


def test_what_needs_code_is_never_run(tmp_path, capsys):
    torch.save({"features": Harmful()}, tmp_path / "a.pt")
    with pytest.raises(FileError, match="is not a file of tensors that can be read"):
        read_tensor(tmp_path / "a.pt")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [{"a": ROWS, "b": ROWS}, {"a": ROWS[0]}, 3])
def test_another_number_of_matrices_is_said(tmp_path, content):
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(FileError, match="matrices; expected one"):
        read_tensor(tmp_path / "a.pt")


def test_broken_files_are_said(tmp_path):
    for name in ("a.pt", "a.safetensors"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(FileError, match="is not a file of tensors"):
            read_tensor(tmp_path / name)
