"""Signing in with a real provider on this machine: who is let in, as what, and every way in which one is not."""

import base64
import json
import subprocess
import sys
import time

import pytest
from sign_ins import write_rules
from visits import find_port, settle, start, wait_for

pytestmark = pytest.mark.browser

COOKIE = "_streamlit_user"


def list_people():
    """Return the people of the provider by name, with claims that its tokens have or, among them, are forged by."""
    now = int(time.time())
    forged = {
        "issuer": {"iss": "https://login.elsewhere.org"},
        "audience": {"aud": "another-app"},
        "party": {"aud": "another-app", "azp": "clipdash"},
        "late": {"iat": now - 4200, "exp": now - 600},
        "replay": {"nonce": "of another sign-in"},
        "early": {"iat": now - 9 * 3600},
    }
    people = {
        "viewer": {},
        "reviewer": {"groups": ["reviewers"]},
        "admin": {"groups": ["staff", "admins"]},
        "stranger": {"email": "s@elsewhere.org"},
        "unverified": {"email_verified": False},
    }
    own = {"name": "Some *One*", "email": "someone@example.org", "email_verified": True}
    return {name: {**own, **claims} for name, claims in {**people, **forged}.items()}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """Yield the address of a provider whose token holds what is said of a person, whatever that is."""
    port, log = find_port(), tmp_path_factory.mktemp("provider") / "log"
    people = [f"--user-claims={json.dumps({'sub': name, **claims})}" for name, claims in list_people().items()]
    command = [sys.executable, "-m", "oidc_provider_mock", "--host=127.0.0.1", f"--port={port}", *people]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/.well-known/openid-configuration", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


class App:
    """An app with a sign-in, and its rule file."""

    def __init__(self, folder, provider):
        port = find_port()
        self.address, self.provider = f"http://localhost:{port}", provider
        self.rules, self.log = folder / "access.toml", folder / "server.log"
        self.set_rules()
        (folder / "sign-in.toml").write_text(
            f'[auth]\nredirect_uri = "{self.address}/oauth2callback"\ncookie_secret = "{"k" * 32}"\n'
            f'client_id = "clipdash"\nclient_secret = "kept"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        )
        files = {"CLIPDASH_SIGN_IN": str(folder / "sign-in.toml"), "CLIPDASH_ACCESS": str(self.rules)}
        self.process = start(folder, port, **files)

    def set_rules(self, *, hours=8, reviewers="reviewers", issuer=None):
        rules = [("viewer", "email", "ends", "@example.org"), ("reviewer", "groups", "any", reviewers)]
        rules.append(("admin", "groups", "any", "admins"))
        self.rules.write_text(write_rules(*rules, issuer=issuer or self.provider, hours=hours))


@pytest.fixture(scope="module")
def app(tmp_path_factory, provider):
    app = App(tmp_path_factory.mktemp("sign-in"), provider)
    yield app
    app.process.terminate()
    app.process.wait(timeout=20)


@pytest.fixture
def rules(app):
    """Set other rules for as long as a test runs."""
    yield app.set_rules
    app.set_rules()


@pytest.fixture(scope="module")
def tab(chromium):
    """Yield the tab of a browser."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab, app):
    """Return the tab of a browser that nobody has signed in with, and that keeps what it has read of the app."""
    tab.goto(f"{app.address}/livez")
    tab.evaluate("sessionStorage.clear()")
    tab.context.clear_cookies()
    return tab


def choose(page, app, person, button="Sign in"):
    """Press a button that leads to the provider, be this person there, and come back."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("button", name=person, exact=True).click()
    page.wait_for_url(f"{app.address}/**")


def enter(page, app, person, path="/audits"):
    """Be let in, and be back where one was going: the provider sends one to the root."""
    page.goto(app.address + path)
    choose(page, app, person)
    page.wait_for_url(f"{app.address}{path}**")
    settle(page)


def read_title(page):
    settle(page)
    return page.locator("h1").inner_text()


def find_cookie(page):
    return next((cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE), None)


def test_without_a_sign_in_there_is_a_way_in_and_no_page(page, app):
    page.goto(f"{app.address}/shift?by=gender")
    assert read_title(page) == "Sign in to clipdash"
    assert page.title() == "clipdash"
    assert page.get_by_test_id("stTopNavLink").count() == 0
    assert page.get_by_role("button").all_inner_texts() == ["login\n\nSign in"]


@pytest.mark.parametrize(
    ("person", "path", "drawn"),
    [
        ("viewer", "/shift", {"Presets": True, "Save audit": False, "CSV": False, "Chart as SVG": False}),
        ("reviewer", "/shift", {"Presets": True, "Save audit": True, "CSV": True, "Chart as SVG": True}),
        ("admin", "/store", {"Verify": True, "Build": True, "Import": True}),
    ],
)
def test_a_role_finds_what_it_may_do_where_it_was_going(page, app, person, path, drawn):
    from playwright.sync_api import expect

    enter(page, app, person, path)
    for name, there in drawn.items():
        found = page.get_by_role("button", name=name, exact=True)
        expect(found.first).to_be_attached() if there else expect(found).to_have_count(0)
    page.locator(".st-key-visitor button").click()
    expect(page.get_by_text(f"As {person} you may read the pages")).to_be_visible()
    expect(page.get_by_text("Some *One*")).to_be_visible()


def test_a_token_that_is_not_sound_makes_no_sign_in(page, app):
    """Authlib holds issuer, audience, end and nonce of a token against what was asked before there is a cookie."""
    page.goto(f"{app.address}/audits")
    faults = {"issuer": "claim: 'iss'", "audience": "claim: 'azp'", "late": "expired", "replay": "claim: 'nonce'"}
    for person, fault in faults.items():
        read = len(app.log.read_text())
        choose(page, app, person)
        assert read_title(page) == "Sign in to clipdash", person
        assert find_cookie(page) is None, person
        assert fault in app.log.read_text()[read:], person


def test_a_sign_in_that_does_not_count_is_refused_with_its_reason(page, app, rules):
    """What Authlib lets through: rules are held against the claims that were kept, whenever something is asked."""
    page.goto(f"{app.address}/audits")
    choose(page, app, "stranger")
    said = {
        "stranger": "no rule lets you in",
        "unverified": "no rule lets you in",
        "party": "made for another application",
        "early": "has expired",
    }
    for person, reason in said.items():
        if person != "stranger":
            choose(page, app, person, "Sign in again")
        assert read_title(page) == "You are not let in", person
        assert reason in page.get_by_test_id("stAlert").inner_text(), person
        assert page.get_by_test_id("stTopNavLink").count() == 0
    rules(issuer="https://login.elsewhere.org")
    choose(page, app, "admin", "Sign in again")
    assert read_title(page) == "You are not let in"
    assert "another issuer" in page.get_by_test_id("stAlert").inner_text()


def test_a_cookie_that_was_changed_is_none_and_signing_out_removes_it(page, app):
    from playwright.sync_api import expect

    enter(page, app, "viewer")
    cookie = find_cookie(page)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    payload, rest = cookie["value"].split(".", 1)
    claims = {"is_logged_in": True, "origin": app.address, "iss": app.provider, "aud": "clipdash", "groups": ["admins"]}
    claims |= {"iat": time.time(), "sub": "me"}
    forged = base64.urlsafe_b64encode(json.dumps(json.dumps(claims)).encode()).decode().rstrip("=")
    for value in (f"{forged}.{rest}", f"{payload}.{rest[:-2]}{'A' if rest[-2] != 'A' else 'B'}{rest[-1]}", forged):
        page.context.add_cookies([{**cookie, "value": value}])
        page.goto(f"{app.address}/audits")
        assert read_title(page) == "Sign in to clipdash", value[:20]
    page.context.add_cookies([cookie])
    page.goto(f"{app.address}/audits")
    settle(page)
    page.locator(".st-key-visitor button").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider is told, and asks
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert find_cookie(page) is None
    page.goto(f"{app.address}/audits")
    assert read_title(page) == "Sign in to clipdash"


def test_a_role_that_is_taken_away_counts_at_the_next_click(page, app, rules):
    from playwright.sync_api import expect

    enter(page, app, "reviewer", "/shift")
    page.get_by_role("button", name="Save labels").click()
    save = page.get_by_role("button", name="Save this label set").first
    expect(save).to_be_visible()
    rules(reviewers="nobody")
    save.dispatch_event("click")  # it stands below the window
    expect(page.get_by_text("you need the role reviewer; you are signed in as viewer")).to_be_visible()
    expect(page.get_by_role("button", name="Save labels")).to_have_count(0)
    rules(hours=0.0001)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("This sign-in has expired")).to_be_visible()
    assert read_title(page) == "You are not let in"
    rules()
    page.goto(f"{app.address}/audits")
    page.get_by_text("Label sets", exact=True).click()
    expect(page.get_by_text("No label set is saved yet")).to_be_visible()
