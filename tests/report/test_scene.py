"""A slide in words: with its labels, without them, and with what the back row must be told."""

from results import HOSTILE, compare_sets_of, hostile_label, make_audit, make_shift
from worlds import make_set

from clipdash.report.deck import Comparison, Published, read_deck
from clipdash.report.scene import set_published, set_scene


def test_a_slide_says_its_own_words_or_those_of_the_finding():
    result = make_shift()
    own = set_scene(result, "A store", Comparison(before="x", title="With *photo* more", names=("21", "*photo*")))
    assert own.headline.html == 'With <em dir="auto">photo</em> more'
    assert [name.plain for name in own.names] == ["21", "photo"]
    found = set_scene(result, "A store")
    assert found.headline.plain.startswith("With photo added")
    assert found.measure.plain == "Percent of images that carry a flagged label, by annotated band"
    assert found.source.startswith("A store: 312 images. Thin lines: 95% intervals.")
    assert found.question.plain == "With photo added: what changes for images by annotated band?"
    assert not own.question
    assert not set_scene(make_shift({"a": (1, 1, 0, 3)}), "A store").question  # too few for any rate
    single = set_scene(make_audit(), "A store")
    assert not single.question
    assert single.names == ()
    assert "photo" not in single.headline.plain


def test_without_labels_no_typed_word_is_left():
    before, words = make_set("thief", "person"), (("person", "person"),)
    for hostile in HOSTILE:
        scene = set_scene(compare_sets_of(before, make_set(hostile_label(hostile), "person"), words), "A store")
        assert "<script" not in scene.headline.html
        assert not {"thief", "person"} & set(" ".join(scene.plain).split())
    published = set_published(read_deck("demo").slides[0])
    assert "child" not in " ".join(published.plain)


def test_the_source_says_what_the_chart_cannot():
    many = make_shift({f"group {n}": (5, 5, 1, 40) for n in range(14)})
    assert "Not shown here: group 9, group 10, group 11 and 2 more." in set_scene(many, "").source
    still = make_shift({"a": (5, 0, 0, 40), "b": (6, 30, 0, 50)})
    assert "the interval of the shift includes 0" in set_scene(still, "").source
    rows = [{"group": f"{n}", "before": 0.1, "after": 0.2} for n in range(10)]
    slide = Published.model_validate({"title": "t", "source": "A paper.", "rows": rows})
    assert set_published(slide).source == ("A paper. Group sizes not published, so no intervals. Not shown here: 9.")


def test_the_images_kept_are_told():
    result = make_shift(where={"band": ("3-9",)})
    assert "(band 3-9 only)" in set_scene(result, "").source
