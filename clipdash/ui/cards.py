"""The comparisons on Start: one published, some computed from the store that comes with clipdash."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clipdash.access import OWNER, act_as
from clipdash.audit import Audit, Shift
from clipdash.errors import InputError
from clipdash.report.deck import PublishedRow
from clipdash.report.question import Question
from clipdash.ui.catalogue import find_entry, fit_presets, open_comparison
from clipdash.ui.lists import build_set
from clipdash.ui.memory import settle_memory
from clipdash.ui.results import compare_groups, load_store, predict, rate_groups, tabulate_lists

__all__ = ["Card", "Published", "answer_card", "fits", "list_cards", "read_published", "warm_up"]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Published(_Read):
    """A published comparison, as it was printed."""

    title: str
    key: str
    finding: str
    source_name: str
    source: str
    link: str
    try_it: str
    rows: tuple[PublishedRow, ...]

    @property
    def points(self) -> list[tuple[str, float, float]]:
        """The rows as charts take them."""
        return [(row.group, row.before, row.after) for row in self.rows]


class Card(_Read):
    """A comparison, or a list, to try: a preset, the page that shows it, and in which chart it stands on Start."""

    key: str
    title: str
    page: Literal["shift", "labels"]
    chart: str
    rule: str = "misclassified"
    min_n: int = 30

    def ask(self, store: str) -> Question:
        """Return the question behind the card, of a store."""
        return open_comparison(self.key, store).change(rule=self.rule, min_n=self.min_n)


@cache
def _read_file() -> dict[str, Any]:
    text = (resources.files("clipdash.ui") / "published.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_published() -> Published:
    """Return the comparison of the paper that Start opens with."""
    return Published.model_validate(_read_file()["published"])


def list_cards() -> tuple[Card, ...]:
    """Return the computed cards of Start that fit the store a session opens on."""
    cards = [Card.model_validate(card) for card in _read_file()["card"]]
    return tuple(card for card in cards if fits(card.key))


def fits(key: str) -> bool:
    """Say whether the store that a session opens on can show a preset."""
    entry = find_entry("")
    return entry is not None and entry.manifest is not None and key in {p.key for p in fit_presets(entry.manifest)}


def answer_card(card: Card) -> Audit | Shift:
    """Return the result behind a card.

    Raises
    ------
    InputError
        If the store, its encoder or an attribute is not here.
    """
    store = load_store("")
    question = card.ask(store.name)
    sides = ("before", "after") if card.page == "shift" else ("before",)
    table = tabulate_lists(store, question, tuple(predict(store, build_set(question, side)) for side in sides))
    answer = compare_groups if card.page == "shift" else rate_groups
    return answer(table, question)


def warm_up() -> None:
    """Compute the cards once, so that the first page is quick; bad input waits for its page."""
    try:
        with act_as(lambda: OWNER):  # nobody has come yet: this is the machine's own work
            for card in list_cards():
                answer_card(card)
    except InputError:
        return
    finally:
        settle_memory()
