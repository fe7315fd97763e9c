"""Filters on annotations, held against one image at a time."""

import numpy as np
import pytest
from tiny_store import make_tiny_store, tiny_people

from clipdash.errors import QueryError
from clipdash.store import list_annotations, list_values, mask_images, open_store, read_filter


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("filters"))).people


@pytest.mark.parametrize(
    "where",
    [{}, {"gender": "Male"}, {"skin_tone": ("dark", "light"), "gender": ["Female"]}, {"age": ("more than 70",)}],
)
def test_values_are_ored_and_attributes_anded(people, where):
    raw = tiny_people()
    wanted = [
        all(row[name] in ([values] if isinstance(values, str) else values) for name, values in where.items())
        for _, row in raw.iterrows()
    ]
    kept = read_filter(where, list_values(people))
    assert mask_images(people, kept).tolist() == wanted
    assert np.count_nonzero(wanted) > 0


def test_a_store_makes_the_mask_of_a_filter_once(tmp_path):
    store = open_store(make_tiny_store(tmp_path / "tiny"))
    mask = store.keep_images({"gender": "Male", "skin_tone": ("light", "dark")})
    assert mask.tolist() == mask_images(store.people, {"gender": ("Male",), "skin_tone": ("light", "dark")}).tolist()
    assert (mask.shape, mask.dtype, mask.flags.writeable) == ((len(store.people),), bool, False)
    assert store.keep_images({"skin_tone": ["dark", "light"], "gender": ["Male"]}) is mask
    assert store.keep_images(None).all()
    with pytest.raises(QueryError, match='nearest is "gender"'):
        store.keep_images({"gendre": "Male"})


def test_annotations_of_some_images_in_the_order_asked_for(people):
    raw = tiny_people()
    rows = [150, 3, 77, 3]
    assert list(list_annotations(people, rows)) == [
        {name: value or None for name, value in raw.iloc[row].items()} for row in rows
    ]
    assert any(None in found.values() for found in list_annotations(people, range(50)))
    assert list_annotations(people, []) == ()


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ({"gendre": "Male"}, 'no attribute "gendre". The nearest is "gender"'),
        ({"gender": "Mael"}, 'has no value "Mael". The nearest is "Male"'),
        ({"gender": ()}, "names no value. There are: Female, Male."),
    ],
)
def test_what_does_not_exist_is_said(people, where, sentence):
    with pytest.raises(QueryError, match=sentence):
        read_filter(where, list_values(people))
