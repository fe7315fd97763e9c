import pytest

from clipdash.errors import BuildError
from clipdash.store import About, AttributeAbout, read_about

FULL = """
title = "People at work"
licence = "CC BY 4.0"
source = "https://example.org"
notice = "Pictures by nobody."
depicts = "people"
cluster = "person"
[attributes.age]
order = ["child", "adult"]
derived = "as annotated"
"""


def write(tmp_path, content):
    path = tmp_path / "about.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_all_of_it_is_read(tmp_path):
    assert read_about(write(tmp_path, FULL)) == About(
        title="People at work",
        licence="CC BY 4.0",
        source="https://example.org",
        notice="Pictures by nobody.",
        depicts="people",
        cluster="person",
        attributes={"age": AttributeAbout(order=("child", "adult"), derived="as annotated")},
    )


def test_none_of_it_is_needed(tmp_path):
    assert read_about(write(tmp_path, "")) == About()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("title = ", "is not TOML"),
        (b'title = "caf\xe9"', "is not UTF-8 text"),
        ('titel = "x"', 'the key "titel" is unknown. The nearest is "title".'),
        ("[attributes.age]\nordered = true", 'the key "attributes.age.ordered" is unknown. The nearest is "order".'),
        ('depicts = "cats"', "Input should be 'people', 'drawings' or 'objects'."),
        ("title = 3", '"title": Input should be a valid string.'),
        ('title = ""', '"title": String should have at least 1 character.'),
    ],
)
def test_bad_about_gets_a_sentence(tmp_path, content, sentence):
    path = write(tmp_path, content)
    with pytest.raises(BuildError) as caught:
        read_about(path)
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(BuildError, match="cannot be read"):
        read_about(tmp_path / "about.toml")
