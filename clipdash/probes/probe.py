"""A probe: one experiment as data, read from a TOML file and checked."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from clipdash.audit import parse_rule
from clipdash.errors import InputError, ProbeError, suggest
from clipdash.labels import LabelSet, check_template, read_mode
from clipdash.labels.label_set import Frozen, Texts
from clipdash.labels.wording import quote_text
from clipdash.probes.fault import check_entry, list_entries, read_entry
from clipdash.probes.runs import KINDS, RatesRun, Run, ShiftRun
from clipdash.probes.schema import SET_KEYS, Differences, ProbeSet, PublishedTable

__all__ = ["Probe", "parse_probe"]

MAX_BYTES = 1024 * 1024
_LAST = 99


class Probe(Frozen):
    """An experiment.

    Parameters
    ----------
    key : str
        The stem of its file.
    place : int
        Where it stands in lists; of equal ones by key.
    title, question : str
        Its name, and what it asks.
    attributes, images : str
        What it looks at, and who can obtain the images, in words.
    build : str
        The command that builds a store that it fits.
    interpretation : str
        How to read it.
    differences : Differences
        What explains a difference.
    unpublished, reported, reruns : tuple of str
        What was never published; what was published in words only; what others found who ran it again.
    published : tuple of PublishedTable
        The published tables.
    sets : tuple of ProbeSet
        The label sets.
    runs : tuple of Run
        What is run on a store that has what each needs.
    """

    key: str
    place: Annotated[int, Field(ge=1)] = _LAST
    title: str
    question: str
    attributes: str
    images: str
    build: str
    interpretation: str
    differences: Differences
    unpublished: Texts
    reported: Texts = ()
    reruns: Texts = ()
    published: tuple[PublishedTable, ...] = ()
    sets: tuple[ProbeSet, ...] = ()
    runs: tuple[Run, ...]

    def find_set(self, key: str) -> LabelSet:
        """Return the label set of that key; ``KeyError`` where there is none."""
        return {each.key: each.label_set for each in self.sets}[key]

    @property
    def caution(self) -> str | None:
        """Why some of its words are offensive, if they are."""
        return next((each.label_set.caution for each in self.sets if each.label_set.caution), None)


def parse_probe(content: bytes, name: str) -> Probe:
    """Read a probe from what a TOML file holds.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : str
        Its path; the stem is the key.

    Returns
    -------
    Probe

    Raises
    ------
    ProbeError
        It is no TOML, or no probe; the message names the file, the entry and the key, what was found and what was
        expected.
    """
    try:
        return _build(_read_toml(content), Path(name).stem)
    except InputError as fault:
        raise ProbeError(f"{name}: {fault}") from None


def _read_toml(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise ProbeError(f"it is larger than {MAX_BYTES // 1024**2} MiB; a probe is a small TOML text.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ProbeError("it is not UTF-8 text; save it as UTF-8.") from None
    except RecursionError:
        raise ProbeError("this TOML is nested too deeply to be a probe.") from None
    except ValueError as error:  # TOMLDecodeError, or Python's own limit on the digits of a number
        raise ProbeError(f"this is malformed TOML: {error}.") from None


def _build(data: dict[str, Any], key: str) -> Probe:
    parts = {"published": _read_tables(data), "sets": _read_sets(data), "runs": _read_runs(data)}
    rest = {name: value for name, value in data.items() if name not in ("published", "set", "run")}
    for name in ("key", "sets", "runs"):
        if name in rest:
            raise ProbeError(f'The key "{name}" is unknown. {suggest(name, ["set", "run", "title"])}')
    if isinstance(rest.get("differences"), dict):
        rest["differences"] = read_entry(Differences, rest["differences"], "differences")
    probe = read_entry(Probe, {"key": key, **rest, **parts}, "")
    _check_probe(probe)
    return probe


def _read_tables(data: Mapping[str, Any]) -> tuple[PublishedTable, ...]:
    tables = []
    for number, entry in enumerate(list_entries(data, "published"), 1):
        fields = {**entry, "rows": entry["row"]} if isinstance(entry, dict) and "row" in entry else entry
        if isinstance(fields, dict):
            fields.pop("row", None)
        tables.append(read_entry(PublishedTable, fields, f"Published table {number}"))
    return tuple(tables)


def _read_sets(data: Mapping[str, Any]) -> tuple[ProbeSet, ...]:
    found = []
    for number, entry in enumerate(list_entries(data, "set"), 1):
        place = _name_place("Set", number, entry)
        if isinstance(entry, dict) and not {"preset", "label"} & set(entry):
            raise ProbeError(f'{place}: expected preset = "KEY", or labels that each begin with [[set.label]].')
        found.append(read_entry(ProbeSet, entry, place, SET_KEYS))
    return tuple(found)


def _read_runs(data: Mapping[str, Any]) -> tuple[Run, ...]:
    runs = []
    for number, entry in enumerate(list_entries(data, "run"), 1):
        place = _name_place("Run", number, entry)
        if isinstance(entry, dict):
            kind = entry.get("kind")
            if kind is None:
                raise ProbeError(f'{place}: The key "kind" is missing. {suggest("", KINDS)}')
            if kind not in KINDS:
                raise ProbeError(f"{place}: There is no kind {quote_text(str(kind))}. {suggest(str(kind), KINDS)}")
            runs.append(read_entry(KINDS[kind], entry, place))
        else:
            runs.append(read_entry(Run, entry, place))
    return tuple(runs)


def _name_place(what: str, number: int, entry: Any) -> str:
    key = entry.get("key") if isinstance(entry, dict) else None
    return f"{what} {number} ({quote_text(key)})" if isinstance(key, str) else f"{what} {number}"


def _check_probe(probe: Probe) -> None:
    """Refuse names that lead nowhere, and rules and templates that are none."""
    sets, runs = [each.key for each in probe.sets], [run.key for run in probe.runs]
    for what, keys in (("set", sets), ("run", runs)):
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ProbeError(f"Two {what}s have the key {quote_text(twice)}; each needs its own.")
    for number, run in enumerate(probe.runs, 1):
        place = _name_place("Run", number, {"key": run.key})
        for key in run.sets:
            check_entry(key, sets, "set", place)
        try:
            _check_run(probe, run)
        except InputError as fault:
            raise ProbeError(f"{place}: {fault}") from None
    for number, table in enumerate(probe.published, 1):
        for row in table.rows:
            if row.run:
                check_entry(row.run, runs, "run", f"Published table {number}, row {quote_text(row.name)},")


def _check_run(probe: Probe, run: Run) -> None:
    used = [probe.find_set(key) for key in run.sets]
    rules = run.rules if isinstance(run, RatesRun) else (run.rule,) if isinstance(run, ShiftRun) else ()
    for rule in rules:
        parse_rule(rule).check(used)
    if isinstance(run, RatesRun):
        read_mode(threshold=run.threshold, score=run.score, top_k=run.top_k, temperature=run.temperature)
    for template in getattr(run, "templates", ()):
        check_template(template)
