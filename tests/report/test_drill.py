"""Which images are shown, in an address and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipdash.audit import OUTCOMES, Cell
from clipdash.errors import QueryError
from clipdash.report.drill import Drill, read_drill, write_drill

TEXT = st.text(min_size=1, max_size=12)
DRILLS = st.builds(
    Drill,
    of=st.sampled_from(["labels", "shift"]),
    group=st.dictionaries(TEXT, TEXT, max_size=2),
    before=st.none() | TEXT,
    after=st.none() | TEXT,
    outcome_before=st.sampled_from([None, *OUTCOMES]),
    change=st.sampled_from([None, "moved", "stayed", "fixed", "broken", "counted"]),
    outcome=st.sampled_from([None, *OUTCOMES]),
    sort=st.sampled_from(["closest", "surest", "store"]),
    image=st.none() | TEXT,
)


@given(DRILLS)
def test_an_address_opens_the_same_images(drill):
    assert read_drill({"v": ["1"], "where.age": ["child"]} | write_drill(drill)) == drill


def test_an_address_can_be_read_by_people():
    drill = Drill(of="shift", group={"age": "3-9"}, before="hominid", after="boy", change="broken", sort="store")
    assert {name: value for name, (value,) in write_drill(drill).items()} == {
        "drill.of": "shift",
        "drill.group.age": "3-9",
        "drill.from": "hominid",
        "drill.to": "boy",
        "drill.change": "newly",
        "drill.sort": "store",
    }
    assert drill.cell == Cell({"age": "3-9"}, "hominid", "boy", change="broken")


def test_an_address_without_a_drill_asks_for_none():
    assert read_drill({"v": ["1"], "by": ["age"]}) is None
    assert read_drill({"drill.image": ["1.png"]}) == Drill(image="1.png")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"drill.of": ["start"]}, '"drill.of=start", which cannot be'),
        ({"drill.of": ["shift"], "drill.form": ["man"]}, 'unknown "drill.form". The nearest is "drill.from".'),
        ({"drill.of": ["shift"], "drill.outcome": ["suported"]}, 'The nearest is "supported".'),
        ({"drill.of": ["shift"], "drill.change": ["fixed"]}, '"drill.change=fixed", which cannot be'),
        ({"drill.of": ["shift"], "drill.sort": [""]}, '"drill.sort=", which cannot be'),
        ({"drill.of": ["shift", "labels"]}, '"drill.of" 2 times'),
        ({"drill.from": ["man"]}, "images of no page"),
    ],
)
def test_what_cannot_be_is_one_sentence(address, said):
    with pytest.raises(QueryError) as caught:
        read_drill(address)
    assert said in str(caught.value)
