"""The rule file: whom it lets in, as what, and what it refuses."""

import pytest
from sign_ins import CLAIMS, NOW, RULES

from clipdash import access
from clipdash.access import NOBODY, OWNER, Act, Role, Visitor, find_rules, find_visitor, read_rules, require
from clipdash.errors import AccessError


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "access.toml"
    path.write_text(RULES)
    return read_rules(path)


def test_the_strongest_role_that_fits_counts(rules):
    person = {**CLAIMS, "email": "a@example.org", "email_verified": True}
    assert rules.admit(person, NOW) == Visitor("a@example.org", Role.VIEWER, "u1")
    assert rules.admit({**person, "groups": ["other", "ethics"]}, NOW).role is Role.ADMIN
    assert rules.admit({**CLAIMS, "groups": "ethics", "aud": ["x", "clipdash"]}, NOW) == Visitor("u1", Role.ADMIN, "u1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"iss": "https://login.example.org/"}, "another issuer"),
        ({"aud": "other"}, "another application"),
        ({"aud": None}, "another application"),
        ({"iat": NOW - 8 * 3600}, "expired"),
        ({"iat": NOW + 3600}, "expired"),
        ({"iat": "now"}, "expired"),
        ({"email_verified": False}, "no rule"),
        ({"email_verified": "true"}, "no rule"),
        ({"email": "a@example.org.evil"}, "no rule"),
        ({"email": {"a": "@example.org"}}, "no rule"),
    ],
)
def test_a_sign_in_that_does_not_count_is_refused(rules, changed, said):
    claims = {**CLAIMS, "email": "a@example.org", "email_verified": True, **changed}
    with pytest.raises(AccessError, match=said):
        rules.admit(claims, NOW)


@pytest.mark.parametrize(
    ("changed", "who"),
    [
        ({}, ("ada@example.org", "u1")),
        ({"email_verified": False}, ("u1", "u1")),
        ({"email_verified": "true"}, ("u1", "u1")),
        ({"email": ""}, ("u1", "u1")),
        ({"email": ["ada@example.org"]}, ("u1", "u1")),
        ({"iat": 0}, ("ada@example.org", "u1")),
        ({"iss": "https://elsewhere.example.org"}, ("", "")),
        ({"aud": "other"}, ("", "")),
    ],
)
def test_a_person_is_named_by_what_they_cannot_make_up_with_or_without_a_role(rules, changed, who):
    claims = {**CLAIMS, "email": "ada@example.org", "email_verified": True, "groups": ["none"], **changed}
    assert rules.identify(claims) == Visitor(who[0], None, who[1])


def test_an_unverified_address_names_nobody_who_is_let_in_by_another_claim(rules):
    claims = {**CLAIMS, "email": "ada@example.org", "email_verified": False, "groups": ["ethics"]}
    assert rules.admit(claims, NOW) == Visitor("u1", Role.ADMIN, "u1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1", "version = 2", "version"),
        ('role = "admin"', 'role = "root"', "rule.1.role"),
        ('any = ["ethics"]', "any = []", "rule.1"),
        ('any = ["ethics"]', 'any = ["staff", ""]', "rule.1.any.1"),
        ('ends = ["@example.org"]', 'ends = [""]', "rule.0.ends.0"),
        ("hours = 8", "hours = 0", "hours"),
        ("hours = 8", 'hours = "8"', "hours"),
        ("hours = 8", "days = 8", "days"),
        ("hours = 8", "hours =", "cannot be read"),
    ],
)
def test_a_rule_file_at_fault_lets_nobody_in(tmp_path, monkeypatch, old, new, said):
    path = tmp_path / "access.toml"
    path.write_text(RULES.replace(old, new))
    monkeypatch.setenv("CLIPDASH_ACCESS", str(path))
    with pytest.raises(AccessError, match=said):
        find_rules()


def test_a_rule_that_is_taken_away_counts_at_once(tmp_path, monkeypatch):
    path = tmp_path / "access.toml"
    path.write_text(RULES)
    monkeypatch.setenv("CLIPDASH_ACCESS", str(path))
    claims = {**CLAIMS, "groups": ["ethics"]}
    assert find_rules().admit(claims, NOW).role is Role.ADMIN
    path.write_text(RULES.replace("ethics", "nobody"))
    with pytest.raises(AccessError, match="no rule"):
        find_rules().admit(claims, NOW)
    path.unlink()
    with pytest.raises(AccessError, match="cannot be read"):
        find_rules()


def test_without_a_rule_file_there_is_no_sign_in(monkeypatch):
    monkeypatch.delenv("CLIPDASH_ACCESS", raising=False)
    assert find_rules() is None
    assert find_visitor() == OWNER
    assert all(OWNER.may(act) for act in Act)


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (None, set()),
        (Role.VIEWER, {Act.READ}),
        (Role.REVIEWER, {Act.READ, Act.SEE, Act.TAKE, Act.SAVE}),
        (Role.ADMIN, set(Act)),
    ],
)
def test_a_role_covers_its_acts(monkeypatch, role, acts):
    visitor = Visitor("a", role)
    monkeypatch.setattr(access.visitor, "_finders", [lambda: visitor])
    for act in Act:
        assert visitor.may(act) == (act in acts)
        if act in acts:
            assert require(act) == visitor
        else:
            with pytest.raises(AccessError, match="you need the role"):
                require(act)
    assert not any(NOBODY.may(act) for act in Act)
