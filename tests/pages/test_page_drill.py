"""The page Images where a figure led to it: the images behind it, one of them closely, and every way to none."""

import pytest
from stage import StageEncoder, make_store, open_page, texts

from clipdash.audit import Cell, find_cell
from clipdash.labels import parse_labels
from clipdash.report.drill import Drill, write_drill
from clipdash.store import open_store
from clipdash.ui.drill import read_mark
from clipdash.zeroshot import find_images, predict

LISTS = {"before": "man | gender=man\nwoman | gender=woman\ngorilla | non-human", "after": "man | gender=man\nperson"}


def ask(drill=None, **changes):
    query = {"v": "1", "store": "emoji", "by": "skin_tone", "template": "a picture of a {}"} | LISTS | changes
    return query | {name: value[0] for name, value in write_drill(drill).items()} if drill else query


def open_drill(**fields):
    return open_page("images", **ask(Drill(**fields)))


def markdown(app):
    return [text.replace("\\", "") for text in texts(app.markdown)]


def tiles(app):
    bodies = [found.proto.body for found in app.get("html")]
    return [tile for body in bodies for tile in body.split("<figure")[1:] if "cd-tile" in body]


def named(app):
    return [tile.split('alt="')[1].split('"')[0] for tile in tiles(app)]


@pytest.fixture
def answer(stores):
    """Return the images of a cell, by the core alone."""
    store = open_store(stores / "emoji")

    def find(cell, sides=("before", "after")):
        sets = [parse_labels(LISTS[side], templates=["a picture of a {}"], name=side) for side in sides]
        given = [predict(store, one, read=lambda reference: StageEncoder()) for one in sets]
        found = find_cell(store.people, given[0], given[1] if len(given) == 2 else None, cell)
        return found, found.describe(store.people)

    return find


def test_the_images_of_a_flow_are_shown_with_headline_outcomes_and_what_they_were_picked_by(answer):
    app = open_drill(of="shift", group={"skin_tone": "dark"}, before="woman", after="person")
    found, images = answer(Cell({"skin_tone": "dark"}, "woman", "person"))
    assert app.title[0].value == f"{len(found)} images annotated as dark moved from *woman* to *person*"
    assert any("judged images annotated as dark" in text and "After: " in text for text in markdown(app))
    assert named(app) == [image.image_id for image in images[:24]]
    assert f"margin {images[0].margin:.3f}" in tiles(app)[0]
    assert 'aria-label="unclaimed"' in tiles(app)[0]
    assert "woman → <b>person</b>" in tiles(app)[0]
    pills = app.button_group(key="drill-parts")
    assert pills.value == ["group.skin_tone", "before", "after"]
    assert app.query_params["drill.from"] == "woman"


def test_a_part_of_the_filter_is_taken_away_and_the_address_follows(answer):
    app = open_drill(of="shift", group={"skin_tone": "dark"}, before="woman", after="person", change="moved")
    app.button_group(key="drill-parts").set_value(["before", "after"]).run()
    assert app.title[0].value.startswith(f"{len(answer(Cell(before='woman', after='person'))[0])} images moved")
    assert "drill.group.skin_tone" not in app.query_params
    assert "drill.change" not in app.query_params
    app.button_group(key="drill-parts").set_value([]).run()
    assert app.title[0].value == f"{len(answer(Cell())[0])} images are judged"
    assert app.query_params["drill.of"] == "shift"


def test_one_outcome_is_shown_and_in_another_order(answer, stores):
    app = open_drill(of="labels")
    found, _ = answer(Cell(), ["before"])
    counts = found.count_outcomes()[0]
    choice = app.button_group(key="drill-outcome")
    assert choice.options == [f"all {len(found)}", *(f"{name} {count}" for name, count in counts.items() if count)]
    choice.set_value("contradicted").run()
    assert app.query_params["drill.outcome"] == "contradicted"
    assert app.title[0].value == f"{len(found)} images are judged"
    app.selectbox(key="drill-sort").set_value("surest").run()
    kept = found.keep_outcome("contradicted")
    people = open_store(stores / "emoji").people
    assert named(app) == [image.image_id for image in kept.describe(people, order="surest", limit=24)]
    assert app.query_params["drill.sort"] == "surest"


def test_pages_turn_and_other_images_start_anew(answer):
    app = open_drill(of="shift")
    _, images = answer(Cell())
    app.button(key="drilled-on").click().run()
    assert named(app) == [image.image_id for image in images[24:48]]
    app.selectbox(key="drill-sort").set_value("store").run()
    assert any(text.startswith("1 to 24 of") for text in texts(app.caption))


def test_back_opens_the_page_of_the_figure_and_the_question_stands():
    app = open_drill(of="shift", change="moved")
    app.button(key="drill-back").click().run()
    assert app.text_area(key="text-before").value == LISTS["before"]
    assert not [name for name in dict(app.query_params) if name.startswith("drill.")]
    assert texts(app.warning) == []


@pytest.mark.parametrize(
    ("drill", "said"),
    [
        ({"drill.of": "shift", "drill.group.skin_tone": "drak"}, 'no value "drak". The nearest is "dark".'),
        ({"drill.of": "shift", "drill.group.shape": "round"}, 'no attribute "shape"'),
        ({"drill.of": "shift", "drill.from": "wman"}, 'no label "wman". The nearest is "woman".'),
        ({"drill.of": "shift", "drill.change": "better"}, '"drill.change=better", which cannot be'),
        ({"drill.of": "shift", "drill.form": "man"}, 'unknown "drill.form"'),
        ({"drill.of": "labels", "drill.change": "moved"}, 'nothing is "moved"'),
        ({"drill.of": "labels", "drill.to": "man"}, "no label or outcome after"),
        ({"drill.from": "man"}, "images of no page"),
        ({"drill.image": "nobody.png"}, 'no image "nobody.png"'),
        ({"drill.of": "shift", "after": "man"}, "only one label"),
        ({"drill.of": "shift", "after": " "}, 'The list "after" is empty'),
    ],
)
def test_what_cannot_be_shown_is_one_sentence_and_a_way_back(drill, said):
    app = open_page("images", **(ask() | drill))
    assert app.title[0].value == "These images cannot be shown"
    (told,) = (text.replace("\\", "") for text in texts(app.warning))
    assert said in told
    app.button(key="drill-back").click().run()
    assert app.text_area(key="text-single" if drill.get("drill.of") == "labels" else "text-before").value


def test_no_image_is_left_and_that_is_said():
    app = open_drill(of="shift", change="broken", after="person")
    assert app.title[0].value == "No image is labelled *person* after and newly counts as misclassified"
    assert any("No image is left" in text for text in texts(app.markdown))
    assert tiles(app) == []


def test_the_filter_and_the_rule_of_the_settings_hold_and_another_store_has_its_own_images():
    app = open_page("images", **ask(Drill(of="shift", change="moved"), where_age="child", rule="not-supported"))
    first = app.title[0].value
    app.radio(key="pick-store").set_value("second").run()
    assert not app.exception
    assert app.title[0].value != first
    assert app.query_params["drill.change"] == "moved"


def test_a_tile_leads_to_one_image_its_scores_and_its_neighbours(stores):
    app = open_drill(of="shift", image="p007.png")
    assert app.title[0].value == "The image *p007.png*"
    store = open_store(stores / "emoji")
    said = store.people.loc["p007.png"]
    annotated = next(text for text in texts(app.markdown) if text.startswith("| Annotated | as |"))
    assert f"| gender | {said['gender']} |" in annotated
    figures = next(text for text in texts(app.markdown) if text.startswith("| Label | Score before"))
    labels = [line.split(" | ")[0].removeprefix("| ") for line in figures.splitlines()[2:]]
    assert labels == [
        "man",
        "woman",
        "gorilla",
        "person",
    ]
    assert any(text.startswith("Before: *") and "ahead of the next" in text for text in markdown(app))
    assert any("softmax" in text for text in texts(app.caption))
    near = find_images(store, like="p007.png", k=8)
    assert named(app) == ["p007.png", *near.ids]
    assert "drill.image=" + near.ids[0] in tiles(app)[1]
    assert [found.label for found in app.get("download_button")] == ["CSV", "Parquet"]
    app.button(key="image-back").click().run()
    assert app.title[0].value.endswith("images are judged")
    assert "drill.image" not in app.query_params


def test_one_image_alone_leads_back_to_the_search():
    app = open_drill(image="p007.png")
    app.button(key="image-back").click().run()
    assert app.title[0].value == "Type what the images should show, or upload a picture"


def test_an_image_is_shown_where_no_list_can_be_read():
    app = open_page("images", **ask(Drill(image="p007.png"), before="man | | |", after="man"))
    assert app.title[0].value == "The image *p007.png*"
    assert any("Neither list can be read" in text for text in texts(app.markdown))


@pytest.mark.parametrize(
    ("setting", "depicts", "blurred", "switch"),
    [
        ("", None, True, [False]),
        ("people", "people", True, [False]),
        ("people", "drawings", False, [False]),
        ("people", "objects", False, [False]),
        ("always", "drawings", True, [True]),
        ("never", "people", False, []),
        ("sometimes", None, True, [False]),
    ],
)
def test_pictures_are_blurred_until_asked_as_the_deployment_says(stand, setting, depicts, blurred, switch):
    app = stand(setting, depicts)
    assert {"cd-blurred" in tile for tile in tiles(app)} == {blurred}
    assert [found.disabled for found in app.toggle if found.label == "Blur"] == switch
    assert any("CLIPDASH" in text for text in texts(app.warning)) == (setting == "sometimes")


@pytest.fixture
def stand(tmp_path, monkeypatch):
    """Open the images of a store that shows something, in a deployment with a setting."""

    def open_store_of(setting, depicts):
        make_store(tmp_path, images=40, depicts=depicts)
        monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
        monkeypatch.setenv("CLIPDASH_BLUR", setting)
        return open_drill(of="shift")

    return open_store_of


def test_what_was_asked_for_holds_for_the_session_on_every_picture(stand):
    app = stand("people", None)
    app.toggle(key="blur").set_value(False).run()
    assert {"cd-blurred" in tile for tile in tiles(app)} == {False}
    app.query_params["drill.image"] = "p007.png"
    app.run()
    assert app.title[0].value == "The image *p007.png*"
    assert {"cd-blurred" in tile for tile in tiles(app)} == {False}


GROUP = {"tone": "dark", "age": "child"}


@pytest.mark.parametrize(
    ("kind", "more", "drill"),
    [
        ("shift", [], Drill(of="shift", group=GROUP)),
        ("rates", [], Drill(of="labels", group=GROUP)),
        ("outcomes", ["", "flagged"], Drill(of="labels", group=GROUP, outcome="flagged")),
        ("outcomes", ["after", "flagged"], Drill(of="shift", group=GROUP, outcome="flagged")),
        ("outcomes", ["before", "flagged"], Drill(of="shift", group=GROUP, outcome_before="flagged")),
    ],
)
def test_a_mark_of_a_chart_opens_the_images_behind_it(kind, more, drill):
    assert read_mark(kind, list(GROUP), [*GROUP.values(), *more]) == drill


def test_a_comparison_that_is_to_be_registered_first_hides_its_images_too():
    app = open_page("shift", **ask())
    app.toggle(key="register-first").set_value(True).run()
    app.switch_page("../../pages/images.py")
    for name, value in ask(Drill(of="shift", change="moved")).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert tiles(app) == []
    assert "moved" not in app.title[0].value
    assert app.button(key="drill-back")
