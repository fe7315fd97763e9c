"""The file of a sign-in: what it must hold, and that no sentence about it repeats a secret."""

import re
import textwrap
from pathlib import Path

import pytest
from sign_ins import RULES, SECRETS
from sign_ins import SIGN_IN as FILE

from clipdash.access import act_as, find_role, find_sign_in, find_visitor, read_rules, read_sign_in, require
from clipdash.access.visitor import NOBODY, OWNER, Act, Role, Visitor
from clipdash.errors import AccessError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def set_up(tmp_path, monkeypatch):
    def write(text=FILE):
        for variable, name, content in (("CLIPDASH_SIGN_IN", "sign", text), ("CLIPDASH_ACCESS", "rules", RULES)):
            path = tmp_path / f"{name}.toml"
            path.write_text(content)
            monkeypatch.setenv(variable, str(path))

    return write


def test_both_files_make_a_sign_in(set_up):
    set_up()
    sign_in = find_sign_in()
    assert (sign_in.client_id, sign_in.cookie_secret) == ("clipdash", SECRETS[0])
    assert sign_in.client_kwargs == {"scope": "openid email groups"}
    assert not any(secret in repr(sign_in) for secret in SECRETS)


def test_without_both_there_is_none(monkeypatch):
    for name in ("CLIPDASH_SIGN_IN", "CLIPDASH_ACCESS"):
        monkeypatch.delenv(name, raising=False)
    assert find_sign_in() is None


@pytest.mark.parametrize("missing", ["CLIPDASH_SIGN_IN", "CLIPDASH_ACCESS"])
def test_one_without_the_other_is_refused(set_up, monkeypatch, missing):
    set_up()
    monkeypatch.delenv(missing)
    with pytest.raises(AccessError, match=f"{missing} is not"):
        find_sign_in()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('client_id = "clipdash"\n', "", "auth.client_id"),
        (SECRETS[0], SECRETS[0][:-1], "auth.cookie_secret.* 32"),
        (f'"{SECRETS[1]}"', '""', "auth.client_secret"),
        ("https://clipdash", "http://clipdash", "auth.redirect_uri.*https"),
        ("/oauth2callback", "/callback", "auth.redirect_uri.*oauth2callback"),
        ("https://login", "http://login", "auth.server_metadata_url.*https"),
        ("[auth]\n", '[auth]\nexpose_tokens = "id"\n', "auth.expose_tokens"),
        ("[auth]\n", "[auth\n", "no TOML"),
        (f'"{SECRETS[1]}"', f'"{SECRETS[1]}', "no TOML"),
        ("[auth]\n", "[other]\n", "at auth"),
    ],
)
def test_a_file_at_fault_is_refused_without_its_secrets(set_up, old, new, said):
    set_up(FILE.replace(old, new))
    with pytest.raises(AccessError, match=said) as refused:
        find_sign_in()
    error = refused.value
    while error is not None:  # a log shows what an error came from too
        assert not any(secret[:-1] in str(error) for secret in SECRETS)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_on_this_machine_alone_plain_http_will_do(set_up):
    set_up(FILE.replace("https://clipdash.example.org", "http://localhost:8501"))
    assert find_sign_in().redirect_uri == "http://localhost:8501/oauth2callback"


def test_a_file_that_is_not_there_is_refused(set_up, monkeypatch, tmp_path):
    set_up()
    monkeypatch.setenv("CLIPDASH_SIGN_IN", str(tmp_path / "none.toml"))
    with pytest.raises(AccessError, match="cannot be read"):
        find_sign_in()


def test_the_examples_are_taken_as_they_stand_and_need_secrets(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/sign-in.md").read_text(encoding="utf-8"), re.DOTALL)
    sign_in, rules = (tmp_path / "sign-in.toml", tmp_path / "access.toml")
    sign_in.write_text(textwrap.dedent(next(block for block in blocks if "[auth]" in block)))
    rules.write_text(next(block for block in blocks if "[[rule]]" in block))
    assert read_sign_in(sign_in).client_kwargs == {"scope": "openid email profile groups"}
    assert read_rules(rules) == read_rules(ROOT / "deploy/access.toml")
    with pytest.raises(AccessError, match="cookie_secret"):
        read_sign_in(ROOT / "deploy/sign-in.toml")


def test_one_acts_as_another_only_inside():
    viewer = Visitor("v", Role.VIEWER)
    with act_as(lambda: viewer):
        assert find_visitor() == viewer
        with act_as(lambda: NOBODY), pytest.raises(AccessError, match="not signed in"):
            require(Act.READ)
        assert find_visitor() == viewer
    assert find_visitor() == OWNER
    assert [find_role(act) for act in Act] == [Role.VIEWER, Role.REVIEWER, Role.REVIEWER, Role.REVIEWER, Role.ADMIN]
