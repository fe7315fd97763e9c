"""What repeats a result: the command, the link, the label files, and the seal beside them."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from urllib.parse import parse_qs

import pytest
from results import make_audit, make_shift
from worlds import make_people, make_set, predict

from clipdash.audit import Rule, shift, tabulate
from clipdash.labels import Label, read_labels
from clipdash.report import (
    Registration,
    list_label_files,
    report_json,
    say_question,
    say_registration,
    word_command,
    write_link,
)
from clipdash.report.link import read_address, unpack_address
from clipdash.report.question import Question
from clipdash.report.repeat import build_side

SEAL = Registration(datetime(2026, 11, 26, 9, 12, tzinfo=timezone(timedelta(hours=2))), "3f9a" * 16)


def compare(before, after, **asked):
    people = make_people(band=["x", "y"] * 30)
    pair = (predict(each, [each.texts[place % 2] for place in range(60)]) for each in (before, after))
    return shift(tabulate(people, ["band"], *pair, **asked), Rule("flagged"), 20)


def test_a_link_asks_the_same_question():
    result = compare(make_set("thief", "person"), make_set("thief", "person", "photo"), where={"band": ("x", "y")})
    path, _, query = write_link(result).partition("?")
    assert path == "/shift"
    address = parse_qs(query, keep_blank_values=True)
    question, faults = read_address(unpack_address(address), Question())
    assert faults == ()
    assert (question.by, question.where, question.rule, question.min_n) == (("band",), result.where, "flagged", 20)
    for side, label_set in (("before", result.before), ("after", result.after)):
        assert build_side(question, side).labels == label_set.labels
        assert build_side(question, side).flagged == ("crime",)  # no label is of the other flagged category
    assert address["state"] == [result.store.digest[:16]]
    assert write_link(make_audit()).startswith("/labels?")


@pytest.mark.parametrize(
    "after",
    [
        make_set("thief", "person").replace(templates=("{}",)),
        make_set("thief", "person").replace(flagged=()),
        make_set("thief", *(Label(text=sha256(bytes([place])).hexdigest()) for place in range(250))),
    ],
    ids=["other prompts", "other flags", "too long"],
)
def test_what_no_page_asks_has_no_link(after):
    assert write_link(compare(make_set("thief", "person"), after)) == ""


def test_label_files_are_the_sets(tmp_path):
    result = make_shift(before=("thief", "person"), after=("thief", "person", "photo"))
    files = list_label_files(result)
    assert list(files) == ["before.toml", "after.toml"]
    for name, label_set in zip(files, (result.before, result.after), strict=True):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
        assert read_labels(tmp_path / name) == label_set


def test_the_command_names_what_was_asked_for():
    command = word_command(make_shift(), store="stores/my store", variant="a", variant_after="b")
    assert command == (
        "clipdash compare 'stores/my store' --before before.toml --after after.toml --by band --rule flagged "
        "--min-n 30 --variant a --variant-after b"
    )


def test_a_seal_is_told_in_utc_and_its_absence_too():
    assert say_registration(SEAL) == "Registered before it was seen: sealed 2026-11-26 07:12 UTC, seal 3f9a3f9a3f9a…."
    assert say_registration(None) == "Not registered before it was seen."
    assert say_registration(None, 1234).endswith("Comparisons tried on this store: 1,234.")
    with pytest.raises(ValueError, match="zone"):
        Registration(datetime(2026, 11, 26), "3f9a")


def test_a_report_is_plain_data():
    result = make_shift()
    found = report_json(result, {"n": 1}, link="/shift?v=1", registered=SEAL)
    assert found["question"] == say_question(result).plain
    assert tomllib.loads(found["label_files"]["after.toml"])["label"][2]["text"] == "photo"
    assert found["registered"] == {
        "sealed": datetime(2026, 11, 26, 7, 12, tzinfo=UTC).isoformat(),
        "digest": SEAL.digest,
    }
    assert report_json(result, {})["registered"] is None


def test_a_question_says_which_lists_store_groups_rule_and_minimum():
    assert say_question(make_shift(where={"band": ("3-9",)})).plain.replace("\u2060", "") == (
        "How does the share of images that carry a flagged label change, by band, when photo joins the 2 labels thief "
        "and person? Asked of the store toy as read by rn, images annotated as band 3–9 and groups of 30 judged "
        "images or more."
    )
    nameless = make_shift()
    table = replace(nameless.table, variants=("encoder", "encoder"))
    assert "Asked of the store toy and groups of" in say_question(replace(nameless, table=table)).plain
    assert say_question(make_audit()).plain.startswith(
        "What share of the images carry a flagged label, by band, under the 2 labels thief and person?"
    )
    new = compare(make_set("thief", "person"), make_set("photo", "animal"))
    assert (
        "when the list goes from the 2 labels thief and person to the 2 labels photo and animal?"
        in say_question(new).plain
    )
    gone = compare(make_set("thief", "person", "photo"), make_set("thief", "animal"))
    assert "when person and photo leave and animal joins the 3 labels" in say_question(gone).plain
    long = make_set(*(Label(text=f"label {place}") for place in range(20)), "thief")
    assert "label 11 and 8 more" in say_question(compare(make_set("thief", "person"), long)).plain
