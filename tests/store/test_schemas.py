import pytest

from clipdash.errors import FileError, QueryError
from clipdash.store import list_schemas, read_annotations


@pytest.fixture
def write(tmp_path):
    def put(content, name="M.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return put


def cells(people):
    return {name: [value if isinstance(value, str) else None for value in people[name]] for name in people.columns}


def test_every_schema_can_be_read_from_its_file():
    assert set(list_schemas()) == {"celeba", "fairface", "utkface"}


def test_fairface(write):
    content = "file,age,gender,race,service_test\nval/1.jpg,3-9,Male,East Asian,True\nval/2.jpg,50-59,Female,,False\n"
    people, order = read_annotations(write(content), "fairface")
    assert people.index.tolist() == ["val/1.jpg", "val/2.jpg"]
    assert cells(people) == {"gender": ["Male", "Female"], "race": ["East Asian", None], "age": ["3-9", "50-59"]}
    assert order == {"age": ("3-9", "50-59")}


def test_fairface_with_a_value_that_it_does_not_have_keeps_its_natural_order(write):
    people, order = read_annotations(write("file,age,gender,race\na,9-12,Male,White\nb,3-9,Male,White\n"), "fairface")
    assert order == {}
    assert list(people["age"].cat.categories) == ["3-9", "9-12"]


NAMES = ("26_0_1_20170116.jpg", "3_1_4_20161220.jpg.chip.jpg", "101_0_2_2017.jpg", "notes.txt", "39_1_20170116.jpg")
UTKFACE = {
    "age": ["more than 70", "20-29", "3-9"],
    "gender": ["Male", "Male", "Female"],
    "race": ["Asian", "Black", "Others"],
}


def test_utkface_from_a_folder_and_from_a_list(write, tmp_path):
    folder = tmp_path / "images" / "part1"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).touch()
    people, order = read_annotations(tmp_path / "images", "utkface")
    assert people.index.tolist() == [f"part1/{name}" for name in (NAMES[2], NAMES[0], NAMES[1])]
    assert cells(people) == UTKFACE
    assert order == {"age": ("3-9", "20-29", "more than 70")}
    listed, _ = read_annotations(write("\n".join(sorted(NAMES)), "names.txt"), "utkface")
    assert cells(listed) == UTKFACE


def test_celeba(write):
    content = "2\nMale Young Smiling\n000001.jpg  1 -1  1\n000002.jpg -1  1 -1\n"
    people, order = read_annotations(write(content, "list_attr_celeba.txt"), "celeba")
    assert people.index.tolist() == ["000001.jpg", "000002.jpg"]
    assert cells(people) == {
        "gender": ["Male", "Female"], "age_group": ["not young", "young"], "Smiling": ["yes", "no"],
    }  # fmt: skip
    assert order == {}


def test_without_a_schema_the_file_is_read_as_it_is(write):
    people, order = read_annotations(write("image_id,a\n1,x\n"))
    assert (cells(people), order) == ({"a": ["x"]}, {})


@pytest.mark.parametrize(
    ("schema", "content", "sentence"),
    [
        ("fairface", "image_id,age\n1,3-9\n", 'has no column "file", as FairFace has.'),
        ("fairface", "file,age,gender\n1,3-9,Male\n", 'has no column "race"'),
        ("fairface", "file,age,gender,race\n1,3-9,Male,White\n1,3-9,Male,White\n", "1 id occurs in more than one row"),
        ("utkface", "a.jpg\nb.jpg\n", "none of its 2 names is written as UTKFace writes them"),
        ("celeba", "Male Young\na 1 -1\n", "is not written as CelebA writes it"),
        ("celeba", "1\nMale Young\na 1 0\n", "line 3 does not hold a name and 2 times 1 or -1"),
        ("celeba", "1\nMale Young\na 1\n", "line 3 does not hold a name and 2 times 1 or -1"),
    ],
)
def test_a_file_of_another_layout_gets_a_sentence(write, schema, content, sentence):
    with pytest.raises(FileError) as caught:
        read_annotations(write(content), schema)
    assert sentence in str(caught.value)


def test_what_is_not_there_or_not_text_is_said(write, tmp_path):
    with pytest.raises(QueryError, match=r'There is no schema "fairfaces"\. The nearest is "fairface"\.'):
        read_annotations(tmp_path / "M.csv", "fairfaces")
    with pytest.raises(FileError, match="cannot be read"):
        read_annotations(tmp_path / "absent.txt", "celeba")
    path = tmp_path / "M.txt"
    path.write_bytes(b"caf\xe9.jpg")
    with pytest.raises(FileError, match="is not text in the encoding utf-8"):
        read_annotations(path, "utkface")
