"""The place on the stage that an address names."""

import pytest

from clipdash.report.place import Place, read_place, write_place


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ({}, None),
        ({"stage": ["0"], "deck": ["demo"]}, None),
        ({"stage": ["1"]}, Place()),
        ({"stage": ["1"], "deck": ["demo"]}, Place(deck="demo")),
        ({"stage": ["1"], "deck": ["demo"], "slide": ["3"]}, Place(deck="demo", slide=3)),
        ({"stage": ["1"], "deck": ["demo"], "slide": ["٣"]}, Place(deck="demo", slide=0)),
        ({"stage": ["1"], "slide": ["9" * 5000]}, Place(slide=0)),
    ],
)
def test_an_address_names_a_place(address, place):
    assert read_place(address) == place


def test_a_place_is_written_as_it_is_read():
    for place in (None, Place(), Place(deck="demo", slide=2)):
        assert read_place(write_place(place)) == place
