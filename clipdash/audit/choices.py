"""The choices of an audit that could as well have been made otherwise, and every combination of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from clipdash.audit.rule import Rule
from clipdash.errors import QueryError, suggest
from clipdash.labels import ARGMAX, LabelSet, Mode, fold_text

__all__ = ["MOST_SPECIFICATIONS", "Choices", "parse_alternatives"]

MOST_SPECIFICATIONS = 10_000
_OWN = "as in the set"


@dataclass(frozen=True)
class Choices:
    """What is varied; what is left out stays as it is.

    Parameters
    ----------
    labels : mapping of str to tuple of str
        A label's text to other texts for it; its claims and category stay. The text itself is the first option.
    templates : tuple of str
        Prompt templates beside those of the sets.
    rules : tuple of Rule
        All rules, at least one.
    modes : tuple of Mode
        All ways to make labels of scores, at least one.
    variants : tuple of str
        All variants of the store, at least one; None stands for its first.
    """

    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = (Rule(),)
    modes: tuple[Mode, ...] = (ARGMAX,)
    variants: tuple[str | None, ...] = (None,)

    @property
    def size(self) -> int:
        """How many combinations there are."""
        words = prod(1 + len(others) for others in self.labels.values())
        return words * (1 + len(self.templates)) * len(self.rules) * len(self.modes) * len(self.variants)

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """Every choice that has several options, and these, in words."""
        found = {
            "variant": tuple(variant or "first" for variant in self.variants),
            "template": (_OWN, *self.templates),
            "labelled by": tuple(map(str, self.modes)),
            "rule": tuple(map(str, self.rules)),
            **{f'"{text}"': (text, *others) for text, others in self.labels.items()},
        }
        return {name: options for name, options in found.items() if len(options) > 1}

    def check(self, label_sets: Sequence[LabelSet]) -> None:
        """Refuse what cannot be varied.

        Parameters
        ----------
        label_sets : sequence of LabelSet
            The sets that will be asked.

        Raises
        ------
        QueryError
            There is one combination or too many, a label is in no set, or an option is there already or twice.
        """
        if not 1 < self.size <= MOST_SPECIFICATIONS:
            raise QueryError(
                f"These choices make {self.size:,} combination{'s' if self.size > 1 else ''}; "
                f"2 to {MOST_SPECIFICATIONS:,} can be run. "
                + ("Name an alternative." if self.size == 1 else "Leave some alternatives out.")
            )
        known = {fold_text(text) for label_set in label_sets for text in label_set.texts}
        for text in self.labels:
            if fold_text(text) not in known:
                near = suggest(text, [t for label_set in label_sets for t in label_set.texts])
                raise QueryError(f'No label here is "{text}", so it has no alternatives. {near}')
        others = [fold_text(other) for texts in self.labels.values() for other in texts]
        for other in others:
            if not other or other in known or others.count(other) > 1:
                raise QueryError(f'The alternative "{other}" is blank, is a label already, or is named twice.')
        for rule in self.rules:
            rule.check(label_sets)
        own = [label_set.templates[0] for label_set in label_sets if len(label_set.templates) == 1]
        for name, options in self.options.items():
            listed = [*options, *own] if name == "template" else [*options]
            twice = [option for option in listed if listed.count(option) > 1]
            if twice and (name != "template" or twice[0] in self.templates):
                raise QueryError(f'The {name} "{twice[0]}" is named twice, or is there already; leave it out.')

    def list_texts(self, label_sets: Sequence[LabelSet]) -> tuple[str, ...]:
        """Return every text that some combination asks for."""
        own = [text for label_set in label_sets for text in label_set.texts]
        return tuple(dict.fromkeys([*own, *(other for texts in self.labels.values() for other in texts)]))

    def walk_words(self) -> Iterator[tuple[tuple[int, ...], dict[str, str]]]:
        """Yield every combination of texts: the place of each option, and the text in place of each label's own."""
        options = [(text, *others) for text, others in self.labels.items()]
        for places in product(*(range(len(texts)) for texts in options)):
            chosen = (texts[place] for texts, place in zip(options, places, strict=True))
            yield places, {fold_text(text): other for text, other in zip(self.labels, chosen, strict=True)}


def parse_alternatives(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    r"""Read alternatives as they are typed: ``man / male person / gentleman``, one label a line.

    Parameters
    ----------
    lines : sequence of str
        The first text of each is a label's; ``\`` before a ``/`` makes it part of a text.

    Returns
    -------
    dict of str to tuple of str

    Raises
    ------
    QueryError
        A line names no alternative, or two lines the same label.

    Examples
    --------
    >>> parse_alternatives(["man / male person / gentleman"])
    {'man': ('male person', 'gentleman')}
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        parts = [part.replace("\0", "/").strip() for part in line.replace("\\/", "\0").split("/")]
        if len(parts) < 2 or not all(parts):
            raise QueryError(f'"{line}" names no alternatives; write them as man / male person / gentleman.')
        if parts[0] in found:
            raise QueryError(f'The label "{parts[0]}" has alternatives on two lines; put them on one.')
        found[parts[0]] = tuple(parts[1:])
    return found
