"""The cookie of a sign-in: one that Streamlit made is read, whole or in parts; what was done to it is noticed."""

import os

import pytest
from signing import NAME, SECRET, join, make_claims, sign
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_auth_routes

from clipdash.serve import cookies

ORIGIN = "https://clipdash.example.org"


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    """Set the sign-in up, as `st.App(secrets=...)` does."""
    auth = {"redirect_uri": f"{ORIGIN}/oauth2callback", "cookie_secret": SECRET}
    secrets_singleton.merge_programmatic_secrets({"auth": auth})
    yield
    secrets_singleton._reset()
    secrets_singleton._programmatic_secrets = None


@pytest.fixture
def streamlits():
    """Return a function that has Streamlit set its own cookies of some claims, and returns them as a browser would."""

    def make(claims):
        async def set_cookie(_):
            answer = PlainTextResponse("")
            await starlette_auth_routes._set_auth_cookie(answer, claims, {})
            return answer

        with TestClient(Starlette(routes=[Route("/", set_cookie)])) as client:
            return dict(client.get("/").cookies)

    return make


def test_a_cookie_that_streamlit_set_is_read(streamlits):
    claims = make_claims(ORIGIN)
    assert cookies.read_claims(streamlits(claims)) == claims
    assert sign(claims).keys() == {NAME}
    assert join(sign(claims))


def test_a_cookie_in_parts_is_read(streamlits):
    claims = make_claims(ORIGIN, name=os.urandom(4000).hex())
    made = streamlits(claims)
    assert f"{NAME}_2" in made
    assert cookies.read_claims(made) == claims


def test_a_cookie_is_not_read_with_another_secret_or_origin(streamlits):
    made = streamlits(make_claims(ORIGIN))
    auth = {"redirect_uri": "https://elsewhere.example.org/oauth2callback", "cookie_secret": SECRET}
    secrets_singleton.merge_programmatic_secrets({"auth": auth})
    assert cookies.read_claims(made) == {}
    secrets_singleton.merge_programmatic_secrets({"auth": auth | {"cookie_secret": "another secret, long enough"}})
    assert cookies.read_claims(made) == {}


def test_no_cookie_claims_nothing():
    assert cookies.read_claims({}) == {}


def test_more_parts_than_any_sign_in_has_are_not_read(streamlits):
    made = streamlits(make_claims(ORIGIN, name=os.urandom(20_000).hex()))
    assert len(made) > 10
    assert cookies.read_claims(made) == {}
