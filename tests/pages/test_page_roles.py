"""What each role finds on the pages, and what is refused to those whose role changed while they looked."""

from hashlib import sha256

import pytest
from sign_ins import RULES
from stage import open_page, texts

from clipdash import records
from clipdash.access import NOBODY, OWNER, Act, Role, Visitor, recognise, require, visitor
from clipdash.build import dismiss_build, keep_upload, start_build, stop_build
from clipdash.build.errand import discard_build, resume_build
from clipdash.errors import AccessError, BuildError
from clipdash.ui.navigation import PAGES
from clipdash.ui.tiles import draw_tile

QUESTION = {"v": "1", "store": "emoji", "by": "gender", "before": "man\nwoman", "after": "man\nwoman\nperson"}


@pytest.fixture
def act(monkeypatch):
    """Return a function that lets whoever looks be of a role from now on."""
    monkeypatch.setattr(visitor, "_finders", [])

    def be(role):
        recognise(lambda: NOBODY if role is None else Visitor("someone", role))

    return be


def labels(app):
    taken = [found.proto.label for found in app.get("download_button")]
    return {found.label for found in app.button} | {*taken}


def components(app):
    return {found.proto.component_name for found in app.get("bidi_component")}


def audit():
    """Keep an audit as the machine's own, and return the page Audits once it is there."""
    app = open_page("shift", **QUESTION)
    next(found for found in app.button if found.label == "Save audit").click().run()
    assert records.list_audits()


@pytest.mark.parametrize("name", PAGES)
def test_without_a_sign_in_that_counts_a_page_is_a_way_in_and_nothing_else(act, name):
    act(None)
    app = open_page(name, **QUESTION)
    assert texts(app.title) == ["Sign in to clipdash"]
    assert labels(app) == {"Sign in"}
    assert len(app.markdown) == 1


def test_a_visitor_whom_no_rule_lets_in_is_told_why_and_of_a_broken_rule_file_only_that(act, monkeypatch, tmp_path):
    claims = {"is_logged_in": True, "iss": "https://elsewhere.example.org"}
    monkeypatch.setattr("clipdash.ui.door.find_claims", lambda: claims)
    path = tmp_path / "access.toml"
    path.write_text(RULES)
    monkeypatch.setenv("CLIPDASH_ACCESS", str(path))
    act(None)
    app = open_page("shift")
    assert texts(app.title) == ["You are not let in"]
    assert texts(app.warning) == ["This sign-in is of another issuer than the one that is let in here. Sign in again."]
    assert labels(app) == {"Sign in again", "Sign out"}
    path.unlink()
    (said,) = texts(app.run().warning)
    assert said.startswith("Nobody can be let in now")
    assert str(tmp_path) not in said


def test_a_viewer_reads_the_figures_and_takes_nothing_away(act):
    act(Role.VIEWER)
    app = open_page("shift", **QUESTION)
    assert "person added" in app.title[0].value.replace("*", "")
    assert not labels(app) & {"Save audit", "Save labels", "CSV", "Report", "JSON", "Labels after"}
    assert "clipdash.takeaway" not in components(app)
    assert not any("images?" in text for text in texts(app.markdown))
    (said,) = [text for text in texts(app.caption) if "the role" in text]
    assert said.startswith("To see pictures, download files and save, change or delete records you need the role rev")
    assert "Register before it is seen" not in [found.label for found in app.toggle]


@pytest.fixture
def away(monkeypatch, tmp_path):
    """Records that can be neither read nor written."""
    (tmp_path / "taken").write_text("no folder")
    monkeypatch.setenv("CLIPDASH_RECORDS", str(tmp_path / "taken"))
    return str(tmp_path)


@pytest.mark.parametrize(("role", "told"), [(Role.REVIEWER, False), (Role.ADMIN, True)])
def test_of_a_database_that_is_away_only_whoever_runs_it_is_told_where_it_is(act, away, role, told):
    act(role)
    app = open_page("shift", **QUESTION)
    next(found for found in app.button if found.label == "Save audit").click().run()
    found = [text.replace("\\", "") for text in (*texts(app.warning), *texts(open_page("audits").warning))]
    assert len(found) == 2
    plain = "Saving, and opening what was saved, is not possible now. Nothing that was saved is lost"
    for said in found:
        assert (away in said, said.startswith(plain)) == (told, not told)


def test_a_viewer_is_not_told_to_keep_files_that_they_may_not_take(act, away):
    act(Role.VIEWER)
    app = open_page("shift", **QUESTION)
    even_compressed = "\n".join(sha256(str(number).encode()).hexdigest() for number in range(300))
    app.text_area(key="text-after").set_value(even_compressed).run()
    said = [text for text in texts(app.caption) if "cannot be kept now" in text]
    assert len(said) == 2
    assert not any("label files" in text for text in said)


def test_a_viewer_without_anything_saved_is_told_what_will_stand_there(act):
    act(Role.VIEWER)
    said = " ".join(texts(open_page("audits").markdown))
    assert "No audit is saved yet. What reviewers save stands here, to be read and opened" in said
    assert "Save audit" not in said


def test_a_reviewer_takes_away_and_saves(act):
    act(Role.REVIEWER)
    app = open_page("shift", **QUESTION)
    assert labels(app) >= {"Save audit", "CSV", "Report", "Labels after"}
    assert "clipdash.takeaway" in components(app)
    assert any("images?" in text for text in texts(app.markdown))
    assert not any("the role" in text for text in texts(app.caption))


def test_a_viewer_is_shown_no_page_of_pictures(act, stores):
    act(Role.VIEWER)
    app = open_page("images", **QUESTION)
    assert texts(app.title) == ["This page shows pictures"]
    assert texts(app.caption)[-1] == "To see pictures you need the role reviewer."
    assert not app.text_input
    with pytest.raises(AccessError, match="see pictures"):
        draw_tile(None, 0, "p000.png", "")


@pytest.mark.parametrize(("role", "builds"), [(Role.VIEWER, False), (Role.REVIEWER, False), (Role.ADMIN, True)])
def test_only_an_admin_is_offered_to_build(act, role, builds):
    act(role)
    app = open_page("store", **QUESTION)
    assert ({"Build", "Import"} <= labels(app)) == builds
    assert any("you need the role admin" in text for text in texts(app.caption)) != builds


def test_a_viewer_reads_what_was_saved_and_changes_nothing(act):
    audit()
    act(Role.VIEWER)
    app = open_page("audits")
    assert "Open on Shift" in labels(app)
    assert not labels(app) & {"Duplicate", "Delete", "JSON", "Save changes"}


def test_a_role_taken_away_while_the_button_is_on_the_page_counts_at_the_click(act):
    act(Role.REVIEWER)
    app = open_page("shift", **QUESTION)
    act(Role.VIEWER)
    next(found for found in app.button if found.label == "Save audit").click().run()
    assert any("you need the role reviewer; you are signed in as viewer" in text for text in texts(app.warning))
    assert records.list_audits() == []
    act(Role.REVIEWER)
    app = open_page("shift", **QUESTION)
    act(None)
    next(found for found in app.button if found.label == "Save audit").click().run()
    assert texts(app.title) == ["Sign in to clipdash"]
    act(Role.VIEWER)
    assert records.list_audits() == []


def test_whoever_may_read_has_a_draft_and_is_counted(act):
    act(Role.VIEWER)
    name = records.keep_draft({"a": 1}).name
    assert records.read_draft(name) == {"a": 1}
    records.record_seen("s" * 64, ["l" * 64])
    act(None)
    for refused in (lambda: records.read_draft(name), lambda: records.keep_draft({}), records.list_audits):
        with pytest.raises(AccessError, match="not signed in"):
            refused()


def test_nothing_is_built_or_changed_about_a_build_but_by_an_admin(act, tmp_path):
    place = tmp_path / "new"
    act(Role.REVIEWER)
    for refused in (stop_build, resume_build, discard_build, dismiss_build):
        with pytest.raises(AccessError, match="you need the role admin"):
            refused(place)
    with pytest.raises(AccessError):
        keep_upload(place, "people.csv", b"image_id\n")
    with pytest.raises(AccessError):
        start_build(type("Order", (), {"place": place, "metadata": place, "list_arguments": lambda self, **_: []})())
    assert list(tmp_path.iterdir()) == []
    act(Role.ADMIN)
    with pytest.raises(BuildError, match="under way any more"):
        stop_build(place)


def test_the_machine_itself_may_do_everything(monkeypatch):
    monkeypatch.setattr(visitor, "_finders", [])
    assert [require(each) for each in Act] == [OWNER] * len(Act)
