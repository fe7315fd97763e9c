"""What a label says about an image: attributes, each with the values of which one must match."""

from collections.abc import Iterator, Mapping

from clipdash.errors import LabelError
from clipdash.labels.wording import check_text, quote_text


class Claims(Mapping[str, tuple[str, ...]]):
    """What a label claims: attribute to the values of which one must match. Immutable and hashable; order is kept."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, attribute: str) -> tuple[str, ...]:
        return self._values[attribute]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Claims({self._values!r})"


def freeze_claims(claims: Mapping[str, tuple[str, ...]]) -> Claims:
    """Return checked claims without repeated values; LabelError if a name or value is blank or there is no value."""
    for attribute, values in claims.items():
        check_text(attribute, "The claimed attribute")
        if not values:
            raise LabelError(f"The claim about {quote_text(attribute)} names no value; name at least one.")
        for value in values:
            check_text(value, f"The value that is claimed for {quote_text(attribute)},")
    return Claims({attribute: tuple(dict.fromkeys(values)) for attribute, values in claims.items()})
