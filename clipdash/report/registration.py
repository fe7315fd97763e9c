"""Whether a comparison was registered before it was seen, and how many were tried: what makes a figure quotable."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Registration", "registration_json", "say_registration"]

_SHOWN = 12


@dataclass(frozen=True)
class Registration:
    """The seal of a comparison whose sets, groups, rule and store were fixed before any result was shown.

    Parameters
    ----------
    sealed : datetime
        When, with its time zone.
    digest : str
        Of what was sealed, in hexadecimal digits.

    Raises
    ------
    ValueError
        If the time has no zone.
    """

    sealed: datetime
    digest: str

    def __post_init__(self) -> None:
        if self.sealed.tzinfo is None:
            raise ValueError("the time of a seal needs its zone")

    @property
    def time(self) -> str:
        """The time of the seal as it is written: "2026-11-26 07:12 UTC"."""
        return f"{self.sealed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def say_registration(registered: Registration | None, tried: int | None = None) -> str:
    """Say whether a comparison was sealed before it was seen, and how many were tried on the store where that is known.

    Examples
    --------
    >>> say_registration(None, 3)
    'Not registered before it was seen. Comparisons tried on this store: 3.'
    """
    said = "Not registered before it was seen."
    if registered is not None:
        digest = registered.digest
        seal = f"{digest[:_SHOWN]}…" if len(digest) > _SHOWN else digest
        said = f"Registered before it was seen: sealed {registered.time}, seal {seal}."
    return said if tried is None else f"{said} Comparisons tried on this store: {tried:,}."


def registration_json(registered: Registration | None) -> dict[str, Any] | None:
    """Return a seal as plain data: ``sealed``, in UTC, and ``digest``."""
    if registered is None:
        return None
    return {"sealed": registered.sealed.astimezone(UTC).isoformat(), "digest": registered.digest}
