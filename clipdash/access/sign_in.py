"""The file of a sign-in: which provider vouches for people, and where its answer comes back to."""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from clipdash.access.rules import RULES_VARIABLE, read_rules
from clipdash.errors import AccessError

__all__ = ["SIGN_IN_VARIABLE", "SignIn", "find_sign_in", "read_sign_in"]

SIGN_IN_VARIABLE = "CLIPDASH_SIGN_IN"
_CALLBACK = "/oauth2callback"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _check_address(address: str) -> str:
    parts = urlsplit(address)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)) or not parts.hostname:
        raise ValueError("expected an address that begins with https://, or with http:// on this machine alone")
    return address


def _check_callback(address: str) -> str:
    if not urlsplit(address).path.endswith(_CALLBACK):
        raise ValueError(f"expected the address of the app with {_CALLBACK} at its end")
    return address


_Address = Annotated[str, AfterValidator(_check_address)]


class SignIn(BaseModel):
    """What Streamlit asks of an OpenID Connect provider; the names are those of its table ``[auth]``.

    Parameters
    ----------
    redirect_uri : str
        The address of the app as a browser sees it, with ``/oauth2callback`` at its end.
    cookie_secret : str
        Signs the cookie that keeps a sign-in; every replica has the same. At least 32 characters.
    client_id : str
        The name that the provider gave this app.
    client_secret : str
        What the app shows the provider.
    server_metadata_url : str
        Where the provider describes itself: ``.../.well-known/openid-configuration``.
    client_kwargs : dict
        What else the provider is told, such as ``scope``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    redirect_uri: Annotated[_Address, AfterValidator(_check_callback)]
    cookie_secret: str = Field(min_length=32, repr=False)
    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1, repr=False)
    server_metadata_url: _Address
    client_kwargs: dict[str, Any] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    auth: SignIn


def read_sign_in(path: Path) -> SignIn:
    """Read the file of a sign-in.

    Raises
    ------
    AccessError
        If it cannot be read; the message names the key at fault and repeats no value.
    """
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).auth
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        fault = f"is at fault at {'.'.join(map(str, first['loc']))}: {said}"
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at [^()]*\)$", str(error))
        fault = f"is no TOML {where[0] if where else ''}".rstrip()
    except (OSError, UnicodeDecodeError) as error:
        fault = f"cannot be read ({getattr(error, 'strerror', None) or 'it is no UTF-8'})"
    # What was wrong may hold a secret, so neither it nor the error that quotes it goes on from here.
    raise AccessError(f"The file {path}, which {SIGN_IN_VARIABLE} names, {fault}. clipdash does not start.")


def find_sign_in() -> SignIn | None:
    """Return the sign-in that `$CLIPDASH_SIGN_IN` and `$CLIPDASH_ACCESS` set up together; None without both.

    Raises
    ------
    AccessError
        If only one of them is set, or one of their files cannot be used.
    """
    named = {name: os.environ.get(name, "").strip() for name in (SIGN_IN_VARIABLE, RULES_VARIABLE)}
    if not any(named.values()):
        return None
    for name, other in ((SIGN_IN_VARIABLE, RULES_VARIABLE), (RULES_VARIABLE, SIGN_IN_VARIABLE)):
        if not named[name]:
            raise AccessError(
                f"{other} is set and {name} is not: one says whom to ask who a visitor is, the other who may enter. "
                "Set both, or neither. clipdash does not start."
            )
    read_rules(Path(named[RULES_VARIABLE]))
    return read_sign_in(Path(named[SIGN_IN_VARIABLE]))
