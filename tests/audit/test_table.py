import operator
from collections import Counter
from dataclasses import replace
from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import TOY, VALUES, make_people, make_set, predict, worlds

from clipdash.audit import tabulate
from clipdash.errors import LabelError, QueryError
from clipdash.labels import Label
from clipdash.store import StoreRef

SET = make_set("man", "woman", "thief")
PEOPLE = make_people(
    gender=["Male", "Female", None, "Male", "Male"], tone=["dark", "light", "dark", None, "dark"], age=["child"] * 5
)
TEXTS = ["man", "woman", "thief", "woman", "man"]


def spell(table):
    """The rows of a table as words."""
    rows = {}
    for cell, state, count in zip(table.cells, table.states, table.counts, strict=True):
        notes = [values[code] if code >= 0 else None for values, code in zip(table.values, cell, strict=True)]
        texts = [label_set.texts[code] for label_set, code in zip(table.label_sets, state, strict=True)]
        rows[*notes, *texts] = int(count)
    return rows


def test_images_are_counted_by_cell_and_label():
    table = tabulate(PEOPLE, "tone", predict(SET, TEXTS))
    assert table.attributes == ("tone", "gender")
    assert table.values == (VALUES["tone"], VALUES["gender"])
    assert (table.by, table.where, table.store, table.variants) == (("tone",), {}, TOY, ("rn",))
    assert spell(table) == {
        ("dark", "Male", "man"): 2,
        ("light", "Female", "woman"): 1,
        ("dark", None, "thief"): 1,
        (None, "Male", "woman"): 1,
    }


@given(worlds(), st.booleans())
def test_counts_are_those_of_pandas(world, filtered):
    people, predictions = world
    where = {"age": ("child", "adult")} if filtered else {}
    table = tabulate(people, ["tone", "age"], *predictions, where=where)
    frame = people[[*table.attributes]].astype(object)
    for side, p in enumerate(predictions):
        frame[side] = np.array(p.label_set.texts, dtype=object)[p.top]
    if filtered:
        frame = frame[frame["age"].isin(where["age"])]
    counts = Counter(tuple(c if isinstance(c, str) else None for c in row) for row in frame.itertuples(index=False))
    assert spell(table) == counts


def test_a_filter_keeps_images_and_shrinks_the_values():
    where = {"gender": ["Male"], "tone": "dark"}
    table = tabulate(PEOPLE, ["gender", "tone"], predict(SET, TEXTS), where=where)
    assert table.values == (("Male",), ("dark",))
    assert spell(table) == {("Male", "dark", "man"): 2}
    assert table.where == {"gender": ("Male",), "tone": ("dark",)}


def test_chosen_values_are_or_ed_in_the_order_of_the_annotations():
    table = tabulate(PEOPLE, "tone", predict(SET, TEXTS), where={"tone": ["dark", "light", "dark"]})
    assert table.where == {"tone": ("light", "dark")}
    assert table.counts.sum() == 4


def test_a_filter_may_leave_no_image():
    table = tabulate(PEOPLE, "tone", predict(SET, TEXTS), where={"age": "older adult"})
    assert (table.cells.shape, table.states.shape, table.counts.shape) == ((0, 2), (0, 1), (0,))


def test_columns_that_are_not_categories_list_their_values_sorted():
    people = pd.DataFrame({"tone": ["b", "a", None]}, index=["x", "y", "z"])
    table = tabulate(people, "tone", predict(make_set("person", "photo"), ["photo", "photo", "person"]))
    assert table.values == (("a", "b"),)
    assert spell(table) == {("b", "photo"): 1, ("a", "photo"): 1, (None, "person"): 1}


@pytest.mark.parametrize(
    ("by", "where", "said"),
    [
        ("ton", None, 'There is no attribute "ton". The nearest is "tone".'),
        ((), None, "No attribute to group by was given; choose at least one. There are: gender, tone, age."),
        (["tone", "tone"], None, 'The attribute "tone" was given twice to group by; once is enough.'),
        ("tone", {"sex": "Male"}, 'There is no attribute "sex".'),
        ("tone", {"gender": ["male"]}, 'The attribute "gender" has no value "male". The nearest is "Male".'),
        ("tone", {"gender": []}, 'The filter on "gender" names no value. There are: Male, Female.'),
    ],
)
def test_what_does_not_exist_is_refused_in_a_sentence(by, where, said):
    with pytest.raises(QueryError) as caught:
        tabulate(PEOPLE, by, predict(SET, TEXTS), where=where)
    assert str(caught.value).startswith(said)


def test_nothing_annotated_leaves_nothing_to_group_by():
    with pytest.raises(QueryError, match="There is none"):
        tabulate(PEOPLE[[]], (), predict(make_set("person", "photo"), ["photo"] * 5))


def test_a_claim_on_what_is_not_annotated_is_refused_for_either_set():
    wrong = make_set(Label(text="lady", claims={"sex": "f"}), "man")
    with pytest.raises(LabelError, match='"lady" claims "sex"'):
        tabulate(PEOPLE, "tone", predict(SET, TEXTS), predict(wrong, ["man"] * 5))


def test_predictions_must_be_of_these_images():
    with pytest.raises(QueryError, match="The predictions are of 4 images and the annotations of 5"):
        tabulate(PEOPLE, "tone", predict(SET, TEXTS[:4]))
    for other, said in ((StoreRef("other", "1" * 64), '"other"'), (None, "no store")):
        with pytest.raises(QueryError, match=f'different stores: "toy" before and {said} after'):
            tabulate(PEOPLE, "tone", predict(SET, TEXTS), predict(SET, TEXTS, store=other))
    outside = replace(predict(SET, TEXTS), top=np.array([0, 1, 2, 3, 0], dtype=np.int32))
    with pytest.raises(ValueError, match="not one of its label set"):
        tabulate(PEOPLE, "tone", outside)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("x", "rn"), ("x", "rn"), True),
        (("x", "rn"), ("y", "rn"), False),
        (("x", "rn"), ("x", "vit"), False),
        (("", "rn"), ("", "rn"), False),
    ],
)
def test_scores_are_shared_when_store_encoder_and_templates_are(first, second, same):
    before, after = (predict(SET, TEXTS, comparable=key, variant=variant) for key, variant in (first, second))
    assert tabulate(PEOPLE, "tone", before, after).same_scores is same
    assert tabulate(PEOPLE, "tone", before).same_scores is False


@given(worlds(), st.integers(1, 5))
def test_tables_of_shards_add_up_to_the_table_of_all(world, shards):
    people, predictions = world
    parts = [
        tabulate(people.iloc[rows], "tone", *(replace(p, top=p.top[rows], margin=p.margin[rows]) for p in predictions))
        for rows in np.array_split(np.random.default_rng(0).permutation(len(people)), shards)
    ]
    whole = tabulate(people, "tone", *predictions)
    total = reduce(operator.add, parts)
    assert total == whole
    assert total.digest == whole.digest
    assert hash(total) == hash(whole)


def test_tables_of_different_questions_do_not_add():
    table = tabulate(PEOPLE, "tone", predict(SET, TEXTS))
    others = {
        "by": tabulate(PEOPLE, ["tone", "gender"], predict(SET, TEXTS)),
        "where": tabulate(PEOPLE, "tone", predict(SET, TEXTS), where={"age": "child"}),
        "label_sets": tabulate(PEOPLE, "tone", predict(make_set("man", "woman", "animal"), ["man"] * 5)),
        "store": tabulate(PEOPLE, "tone", predict(SET, TEXTS, store=None)),
        "variants": tabulate(PEOPLE, "tone", predict(SET, TEXTS, variant="vit")),
    }
    for name, other in others.items():
        assert other != table
        with pytest.raises(QueryError, match=f'different "{name}" cannot be added'):
            table + other
    with pytest.raises(TypeError):
        table + 1
    assert table != "table"


def test_a_table_made_by_hand_is_sorted_merged_and_frozen():
    table = tabulate(PEOPLE, "tone", predict(SET, TEXTS))
    doubled = replace(
        table,
        cells=np.concatenate([table.cells[::-1], table.cells]),
        states=np.concatenate([table.states[::-1], table.states]),
        counts=np.concatenate([table.counts[::-1], 0 * table.counts]),
    )
    assert doubled == table
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0] = 7


@pytest.mark.parametrize(
    "change",
    [
        {"cells": np.zeros((1, 2), int)},
        {"states": np.full((4, 1), 3)},
        {"states": np.full((4, 1), -1)},
        {"cells": np.full((4, 2), -2)},
        {"counts": np.array([1, 1, 1, -1])},
        {"values": (("light", "dark"),)},
    ],
)
def test_a_table_that_does_not_fit_itself_is_a_bug(change):
    with pytest.raises(ValueError, match=r"do not fit|point outside"):
        replace(tabulate(PEOPLE, "tone", predict(SET, TEXTS)), **change)


def test_more_combinations_than_a_number_can_hold_are_counted_too():
    rng = np.random.default_rng(1)
    columns = {f"a{k}": [f"v{v:04}" for v in rng.permutation(3000)] for k in range(6)}
    people = pd.DataFrame(columns).astype("category")
    people = pd.concat([people, people])
    table = tabulate(people, list(columns), predict(make_set("person", "photo"), ["photo"] * 6000))
    assert set(table.counts.tolist()) == {2}
    assert spell(table) == {(*row, "photo"): 2 for row in zip(*columns.values(), strict=True)}
