"""Cookies of a sign-in, made by Streamlit's own functions, and a rule file that they fit."""

import json
import time

from sign_ins import write_rules
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

SECRET = "a secret that only these tests know, long enough"
ISSUER, AUDIENCE = "https://issuer.example.org", "clipdash-tests"
NAME = "_streamlit_user"
GROUPS = {"viewer": "readers", "reviewer": "reviewers", "admin": "admins"}
RULES = write_rules(
    *((role, "groups", "any", group) for role, group in GROUPS.items()), issuer=ISSUER, audience=AUDIENCE
)


def make_claims(origin, group="reviewers", **changes):
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "someone",
        "iat": int(time.time()),
        "groups": [group],
        "origin": origin,
        "is_logged_in": True,
        "provider": "default",
    }
    return claims | changes


def sign(claims, secret=SECRET):
    """Return the cookies of a sign-in, by name, as Streamlit would set them."""
    cookies = {}

    def create(name, value):
        return create_signed_value(secret, name, value)

    def keep(name, value):
        cookies[name] = create(name, value).decode()

    set_cookie_with_chunks(keep, create, NAME, claims, cookie_attr_size=80)
    return cookies


def sign_raw(content, name=NAME, secret=SECRET):
    text = content if isinstance(content, str) else json.dumps(content)
    return {name: create_signed_value(secret, name, text).decode()}


def join(cookies):
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
