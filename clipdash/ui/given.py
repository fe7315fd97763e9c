"""Results of another classifier that were uploaded: held by this session alone, and answered like those of a store."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import streamlit as st

from clipdash.audit import Audit, Shift, measure, parse_rule, shift
from clipdash.errors import FileError
from clipdash.exchange import (
    RATES_RULE,
    Counts,
    CountSheet,
    Matched,
    list_inputs,
    open_counts,
    read_matched,
    read_rates,
)
from clipdash.labels import LabelSet
from clipdash.report.question import Question
from clipdash.store import Upload, list_values

__all__ = ["Given", "Kind", "change_given", "drop_given", "find_given", "find_origin", "keep_given", "read_given"]

Kind = Literal["predictions", "counts", "rates"]

_GIVEN = "given_files"
_MOST_KEPT, _MOST_GROUPS = 16, 200
_METADATA = "metadata"
#: The command that answers the same, by the number of label sets and the kind of files.
_COMMANDS: dict[tuple[int, Kind], str] = {
    (1, "predictions"): "audit-predictions",
    (2, "predictions"): "compare-predictions",
    (1, "counts"): "audit-table",
    (2, "counts"): "compare-table",
    (1, "rates"): "audit-rates",
}


@dataclass(frozen=True, eq=False)
class Given:
    """Uploaded files, as they were read, and what they are grouped and filtered by.

    Parameters
    ----------
    kind : {"predictions", "counts", "rates"}
        What they hold.
    files : mapping of str to Upload
        By the option of the command that names each; a table of counts has none.
    columns : mapping of str to str
        Column of the labels, where one was named, by the option of its file.
    source : Matched, CountSheet or Counts
        What was read of them.
    by, where, cluster
        As in a `Question`, of these files' attributes.
    kept : dict
        Results that were computed, so that a rerun computes nothing anew; they end with the session.
    """

    kind: Kind
    files: Mapping[str, Upload]
    columns: Mapping[str, str]
    source: Matched | CountSheet | Counts
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cluster: str = ""
    kept: dict[Hashable, Any] = field(default_factory=dict)

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Every attribute with its values."""
        return list_values(self.source.people)

    @property
    def groupings(self) -> tuple[str, ...]:
        """The attributes that images can be grouped by."""
        return tuple(name for name, values in self.values.items() if 1 <= len(values) <= _MOST_GROUPS)

    @property
    def images(self) -> int:
        """How many images the files tell of."""
        return len(self.source.people) if isinstance(self.source, Matched) else int(self.source.weights.sum())

    @property
    def left_out(self) -> tuple[str, ...]:
        """Annotated images without a prediction."""
        return self.source.left_out if isinstance(self.source, Matched) else ()

    @property
    def inputs(self) -> list[dict[str, str]]:
        """Name and SHA-256 of each file."""
        return self.keep("inputs", lambda: list_inputs(self.files.values()))  # type: ignore[no-any-return]

    def keep(self, what: Hashable, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, made once; of many things the last are kept."""
        if what not in self.kept:
            while len(self.kept) >= _MOST_KEPT:
                del self.kept[next(iter(self.kept))]
            self.kept[what] = make()
        return self.kept[what]

    def answer(self, label_sets: Sequence[LabelSet], question: Question) -> Audit | Shift:
        """Return the rates under one label set or the shifts under two; errors as the commands have them.

        Parameters
        ----------
        label_sets : sequence of LabelSet
            One or two; none for published rates, which bring theirs.
        question : Question
            Rule, minimum n and whether intervals hold together.
        """
        sets = tuple((one.name, one.version, one.digest) for one in label_sets)
        where = tuple(sorted(self.where.items()))
        counted = (sets, self.by, where, self.cluster)
        rule = parse_rule(RATES_RULE if self.kind == "rates" else question.rule)
        asked = (*counted, str(rule), question.min_n, question.together)
        return self.keep(asked, lambda: self._compute(label_sets, question, rule))  # type: ignore[no-any-return]

    def _compute(self, label_sets: Sequence[LabelSet], question: Question, rule: Any) -> Audit | Shift:
        grouped = (self.by, self.where, self.cluster or None)
        if isinstance(self.source, Counts):
            table = self.source.tabulate(*grouped)
        else:
            table = self.source.tabulate(label_sets, *grouped)
        compute: Any = shift if len(label_sets) == 2 else measure
        result: Audit | Shift = compute(table, rule, question.min_n, simultaneous=question.together)
        return result

    def list_words(self, sets: Sequence[str]) -> list[str]:
        """Return the words of the command up to the groups; `sets` are the names of the label files."""
        command = [_COMMANDS[len(sets) if self.kind != "rates" else 1, self.kind]]
        options = ("--labels",) if len(sets) == 1 else ("--before-labels", "--after-labels")
        named = [] if self.kind == "rates" else [word for pair in zip(options, sets, strict=True) for word in pair]
        return [*command, *self._name_files(), *named]

    def _name_files(self) -> Iterator[str]:
        for option, file in self.files.items():
            yield from (f"--{option}", file.name) if self.kind == "predictions" else (file.name,)
            if self.columns.get(option):
                yield from ("--column" if option == "predictions" else f"--{option}-column", self.columns[option])


def read_given(kind: Kind, files: Mapping[str, Upload], columns: Mapping[str, str], sets: int) -> Given:
    """Read uploaded files as the commands do.

    Parameters
    ----------
    kind : {"predictions", "counts", "rates"}
        What they hold.
    files, columns
        As in `Given`.
    sets : {1, 2}
        Of how many label sets they are.

    Raises
    ------
    FileError
        A file cannot be read, they do not fit each other, or two different ones have one name.
    """
    _check_names(files)
    source: Matched | CountSheet | Counts
    if kind == "predictions":
        answers = [(file, columns.get(option) or None) for option, file in files.items() if option != _METADATA]
        source = read_matched(files[_METADATA], answers)
    elif kind == "counts":
        source = open_counts(next(iter(files.values())), sets)
    else:
        source = read_rates(next(iter(files.values())))
    given = Given(kind, files, columns, source)
    return replace(given, by=(given.groupings or (*given.values,))[:1])


def _check_names(files: Mapping[str, Upload]) -> None:
    seen: dict[str, bytes] = {}
    for file in files.values():
        if seen.setdefault(file.name, file.content) != file.content:
            raise FileError(
                f'Two different files have the name "{file.name}"; rename one, so that the command that repeats the '
                "result can tell them apart."
            )


def find_given(page: str | None) -> Given | None:
    """Return the files that a page uses in this session instead of a store, if any."""
    found: Given | None = st.session_state.get(_GIVEN, {}).get(page)
    return found


def find_origin(result: Audit | Shift) -> Given | None:
    """Return the files that a result is of; None where it is of a store."""
    return None if result.store is not None else find_given("labels" if isinstance(result, Audit) else "shift")


def keep_given(page: str, given: Given) -> None:
    """Have a page use files instead of a store, in this session."""
    st.session_state[_GIVEN] = st.session_state.get(_GIVEN, {}) | {page: given}


def change_given(page: str, **fields: Any) -> None:
    """Change what the files of a page are grouped or filtered by."""
    keep_given(page, replace(st.session_state[_GIVEN][page], **fields))


def drop_given(page: str) -> None:
    """Have a page use the store again, and forget the files."""
    st.session_state[_GIVEN] = {name: given for name, given in st.session_state.get(_GIVEN, {}).items() if name != page}
