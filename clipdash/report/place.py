"""What stands on the stage, and how an address names it."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

__all__ = ["Place", "read_place", "write_place"]


class Place(BaseModel):
    """What stands on the stage: a slide, counted from 1, of a deck; without a deck the session's own question."""

    model_config = ConfigDict(frozen=True)

    deck: str = ""
    slide: int = 1


def read_place(address: Mapping[str, Sequence[str]]) -> Place | None:
    """Return the place on the stage that an address names, if any; what is no number is slide 0, which no deck has."""
    if list(address.get("stage", ())) != ["1"]:
        return None
    number = next(iter(address.get("slide", ())), "1")
    slide = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    return Place(deck=next(iter(address.get("deck", ())), ""), slide=slide)


def write_place(place: Place | None) -> dict[str, list[str]]:
    """Return the query parameters that stand beside a question's on the stage."""
    if place is None:
        return {}
    deck = {"deck": [place.deck], "slide": [str(place.slide)]} if place.deck else {}
    return {"stage": ["1"], **deck}
