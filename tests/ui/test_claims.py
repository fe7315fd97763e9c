"""Who uses a session, by the claims of its sign-in: in its script, later, and outside of any."""

import time
from types import SimpleNamespace

import pytest
from sign_ins import CLAIMS, RULES, SECRETS, SIGN_IN

from clipdash.access import NOBODY, Act, Role, Visitor, find_visitor, require, visitor
from clipdash.errors import AccessError
from clipdash.ui import claims, set_up_sign_in


@pytest.fixture
def session(tmp_path, monkeypatch):
    """The claims of the session that runs here, where a sign-in is set up."""
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "sign.toml").write_text(SIGN_IN)
    monkeypatch.setenv("CLIPDASH_ACCESS", str(tmp_path / "rules.toml"))
    monkeypatch.setenv("CLIPDASH_SIGN_IN", str(tmp_path / "sign.toml"))
    monkeypatch.setattr(visitor, "_finders", [])
    options = {}
    monkeypatch.setattr(claims.config, "set_option", options.__setitem__)
    context = SimpleNamespace(user_info={**CLAIMS, "iat": time.time(), "groups": ["ethics"], "is_logged_in": True})
    here = [context]
    monkeypatch.setattr(claims, "get_script_run_ctx", lambda **_: here[0])
    secrets = set_up_sign_in()
    return SimpleNamespace(claims=context.user_info, here=here, options=options, secrets=secrets, folder=tmp_path)


def test_the_session_says_who_is_there(session):
    assert find_visitor().role is Role.ADMIN
    assert session.secrets["auth"]["client_secret"] == SECRETS[1]
    assert session.options == {"server.cookieSecret": SECRETS[0]}  # one key for every replica, from the first request


def test_each_look_is_at_the_claims_and_rules_of_now(session):
    rules = session.folder / "rules.toml"
    rules.write_text(RULES.replace('"ethics"', '"nobody"'))
    assert find_visitor() == Visitor("u1", None, "u1")  # so that what is refused to them is noted under their name
    with pytest.raises(AccessError, match="your sign-in gives you no role here"):
        require(Act.SAVE)
    rules.write_text(RULES)
    assert find_visitor().role is Role.ADMIN
    rules.write_text("version = 1")
    assert find_visitor() == NOBODY
    rules.write_text(RULES)
    session.claims["is_logged_in"] = False
    assert find_visitor() == NOBODY


def test_outside_of_a_session_nobody_acts(session):
    session.here[0] = None
    assert find_visitor().role is None


def test_a_download_is_asked_for_by_its_session_and_refused_once_that_is_over(session):
    write = claims.bind_visitor(Act.TAKE, lambda: find_visitor().name)
    session.here[0] = None
    assert write() == "u1"
    session.claims.clear()  # as signing out does
    with pytest.raises(AccessError, match="not signed in"):
        write()


@pytest.mark.parametrize(
    ("broken", "said"),
    [("sign.toml", "cannot be read"), ("rules.toml", "cannot be read")],
)
def test_the_app_does_not_start_without_its_files(session, capsys, broken, said):
    (session.folder / broken).unlink()
    with pytest.raises(SystemExit) as end:
        set_up_sign_in()
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLIPDASH_FRAME_ANCESTORS", "'self'; script-src *", "Expected origins"),
        ("CLIPDASH_COLUMNS_MB", "-1", "expected a whole number"),
        ("CLIPDASH_DATABASE", "postgressql://db/clipdash", "does not begin with postgresql://"),
        ("CLIPDASH_AUDIT_LOG", "/nowhere/audit.jsonl", "cannot be written (No such file or directory)"),
        ("CLIPDASH_AUDIT_LOG", "/", "cannot be written (Is a directory)"),
    ],
)
def test_the_app_does_not_start_with_a_setting_that_cannot_be_read(capsys, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        set_up_sign_in()
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert name in told
    assert said in told
    assert told.count("\n") == 1


def test_an_audit_log_is_made_by_looking_at_it(tmp_path, monkeypatch):
    log = tmp_path / "audit.jsonl"
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    assert set_up_sign_in() == {}
    assert log.read_bytes() == b""
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", "-")
    assert set_up_sign_in() == {}


def test_headers_that_anyone_can_send_are_no_sign_in(session, capsys, monkeypatch):
    monkeypatch.setattr(claims.config, "get_option", lambda _: {"X-User": "email"})
    with pytest.raises(SystemExit):
        set_up_sign_in()
    assert "trustedUserHeaders" in capsys.readouterr().err
