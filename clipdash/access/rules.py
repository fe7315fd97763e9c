"""The rule file: which claims of a sign-in let a person in, and as what."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clipdash.access.visitor import NOBODY, Role, Visitor
from clipdash.errors import AccessError

__all__ = ["RULES_VARIABLE", "Rule", "Rules", "find_rules", "read_rules"]

RULES_VARIABLE = "CLIPDASH_ACCESS"


#: An empty one would fit everybody, and comes of a variable that nobody filled in.
_Value = Annotated[str, Field(min_length=1)]


class Rule(BaseModel):
    """One way in: a claim that has one of these values, or ends in one of these.

    Parameters
    ----------
    role : Role
        What the person may be.
    claim : str
        Name of the claim; a claim with several values, such as ``groups``, counts where one of them fits.
    any : tuple of str
        Values that fit as a whole.
    ends : tuple of str
        Ends that fit, such as ``"@example.org"``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    claim: str = Field(min_length=1)
    any: tuple[_Value, ...] = ()
    ends: tuple[_Value, ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> "Rule":
        if not self.any and not self.ends:
            raise ValueError("a rule needs values under `any` or `ends`")
        return self

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Say whether the claims of a sign-in fit this rule; an e-mail address only where it was verified."""
        if self.claim == "email" and claims.get("email_verified") is not True:
            return False
        found = claims.get(self.claim)
        values = found if isinstance(found, list) else [found]
        texts = [value for value in values if isinstance(value, str)]
        return any(text in self.any or text.endswith(self.ends) for text in texts)


class Rules(BaseModel):
    """Who is let in.

    Parameters
    ----------
    version : int
        Of this kind of file; 1.
    issuer : str
        Whose sign-ins count: the claim ``iss``, letter by letter.
    audience : str
        For whom they must be made: the claim ``aud`` names it, as the provider's client id.
    hours : float
        How long a sign-in counts, from the claim ``iat``.
    name : str
        The claim by which the audit log names a person; an e-mail address only where it was verified.
    rule : tuple of Rule
        Of those that fit, the strongest role counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    hours: float = Field(default=8, gt=0, le=24 * 30, strict=True)
    name: str = "sub"
    rule: tuple[Rule, ...] = Field(min_length=1)

    def admit(self, claims: Mapping[str, Any], now: float) -> Visitor:
        """Return the visitor whom the claims of a sign-in describe.

        Parameters
        ----------
        claims : mapping
            Of the identity token, whose signature was checked when it was received.
        now : float
            Seconds since 1970.

        Raises
        ------
        AccessError
            If the claims are of another issuer, for another audience, too old, or fit no rule.
        """
        if claims.get("iss") != self.issuer:
            raise AccessError("This sign-in is of another issuer than the one that is let in here. Sign in again.")
        if not self._is_meant(claims):
            raise AccessError("This sign-in was made for another application. Sign in again.")
        issued = claims.get("iat")
        if not isinstance(issued, int | float) or not now - self.hours * 3600 < issued <= now + 300:
            raise AccessError("This sign-in has expired. Sign in again.")
        roles = [rule.role for rule in self.rule if rule.fits(claims)]
        if not roles:
            raise AccessError("You are signed in, but no rule lets you in here. Ask whoever runs this clipdash.")
        return replace(self.identify(claims), role=max(roles, key=list(Role).index))

    def identify(self, claims: Mapping[str, Any]) -> Visitor:
        """Return whose claims these are, as a visitor without a role: whether or not they are let in.

        Parameters
        ----------
        claims : mapping
            Of the identity token; of another issuer or for another audience they are nobody's.
        """
        if claims.get("iss") != self.issuer or not self._is_meant(claims):
            return NOBODY
        subject, name = str(claims.get("sub", "")), claims.get(self.name)
        sure = self.name != "email" or claims.get("email_verified") is True
        return Visitor(name if isinstance(name, str) and name.strip() and sure else subject, None, subject)

    def _is_meant(self, claims: Mapping[str, Any]) -> bool:
        audience = claims.get("aud")
        return self.audience in (audience if isinstance(audience, list) else [audience])


def read_rules(path: Path) -> Rules:
    """Read a rule file.

    Raises
    ------
    AccessError
        If it cannot be read; the message names the first key at fault.
    """
    return _read(path, _stamp(path))


def find_rules() -> Rules | None:
    """Return the rules of the file that ``$CLIPDASH_ACCESS`` names, as it is now; None without it: no sign-in.

    Raises
    ------
    AccessError
        If the file cannot be read: then nobody is let in.
    """
    named = os.environ.get(RULES_VARIABLE, "").strip()
    return read_rules(Path(named)) if named else None


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        state = path.stat()
    except OSError as error:
        raise AccessError(f"The rule file {path} cannot be read ({error.strerror}); nobody is let in.") from error
    return state.st_mtime_ns, state.st_size, state.st_ino


@lru_cache(maxsize=4)
def _read(path: Path, _: tuple[int, int, int]) -> Rules:
    try:
        return Rules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise AccessError(f"The rule file {path} is at fault at {where}: {first['msg']}. Nobody is let in.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccessError(f"The rule file {path} cannot be read ({error}); nobody is let in.") from error
