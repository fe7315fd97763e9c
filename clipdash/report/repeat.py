"""What repeats a result elsewhere: the command, the files that it names, the link, and the whole report as data."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from clipdash.audit import Audit
from clipdash.audit.sides import LEVEL
from clipdash.labels import LabelSet, dump_labels, format_labels, list_presets, parse_labels
from clipdash.report.asked import say_question
from clipdash.report.link import pack_address, write_address
from clipdash.report.question import Question
from clipdash.report.registration import Registration, registration_json

if TYPE_CHECKING:
    from clipdash.audit import Shift

__all__ = ["build_side", "list_label_files", "name_lists", "name_sides", "report_json", "word_command", "write_link"]


def name_sides(result: "Audit | Shift") -> dict[str, LabelSet]:
    """Return the label sets of a result: ``labels``, or ``before`` and ``after``."""
    if isinstance(result, Audit):
        return {"labels": result.label_set}
    return {"before": result.before, "after": result.after}


def word_command(
    result: "Audit | Shift",
    *,
    store: str = "",
    variant: str | None = None,
    variant_after: str | None = None,
    files: Callable[[Sequence[str]], Sequence[str]] | None = None,
    ruled: bool = True,
) -> str:
    """Return the command that repeats a result; a typed list is named by the file that comes with the report.

    Parameters
    ----------
    result : Audit or Shift
        The result.
    store : str
        How the store is named, where that is not by its own name.
    variant, variant_after : str, optional
        Variants of the store that were asked for.
    files : callable, optional
        Where the result is of files and no store: from the names of the label files to the command and its files.
    ruled : bool
        Whether the command takes a rule.

    Returns
    -------
    str
    """
    named = store or (result.store.name if result.store else "STORE")
    sets = name_lists(result)
    if files is None:
        words = ["audit" if isinstance(result, Audit) else "compare", named]
        words += [word for side, name in sets.items() for word in (f"--{side}", name)]
    else:
        words = [*files([*sets.values()])]
    return shlex.join(["clipdash", *words, *_list_options(result, ruled), *_list_variants(variant, variant_after)])


def _list_options(result: "Audit | Shift", ruled: bool) -> Iterator[str]:
    for attribute in result.by:
        yield from ("--by", attribute)
    for attribute, values in result.where.items():
        for value in values:
            yield from ("--where", f"{attribute}={value}")
    if result.table.cluster is not None:
        yield from ("--cluster", result.table.cluster)
    if result.level > LEVEL:
        yield "--simultaneous"
    mode = result.table.mode
    asked = {"threshold": mode.threshold, "score": mode.score, "temperature": mode.temperature, "top-k": mode.k}
    for name, setting in asked.items():
        if setting is not None:
            yield from (f"--{name}", str(setting))
    if ruled:
        yield from ("--rule", str(result.rule))
    yield from ("--min-n", str(result.min_n))


def _list_variants(variant: str | None, variant_after: str | None) -> Iterator[str]:
    if variant is not None:
        yield from ("--variant", variant)
    if variant_after is not None:
        yield from ("--variant-after", variant_after)


def name_lists(result: "Audit | Shift") -> dict[str, str]:
    """Return how a command names the list of each side: by the key of a preset, else by the file that goes with it."""
    return {side: _name_set(label_set, side) for side, label_set in name_sides(result).items()}


def _name_set(label_set: LabelSet, side: str) -> str:
    known = ((preset.label_set, preset.key) for preset in list_presets())
    keys = {(preset.digest, preset.name): key for preset, key in known}
    return keys.get((label_set.digest, label_set.name), f"{side}.toml")


def list_label_files(result: "Audit | Shift") -> dict[str, str]:
    """Return the label files that go with a result, name to content, under the names that `word_command` uses."""
    return {f"{side}.toml": dump_labels(label_set) for side, label_set in name_sides(result).items()}


def build_side(question: Question, side: str) -> LabelSet:
    """Return the label set of one side of a question, ``"before"`` or ``"after"``.

    Raises
    ------
    LabelError
        If a line cannot be read, with its number.
    """
    found = parse_labels(getattr(question, side), name=side, templates=question.templates, flagged=question.flagged)
    if question.flagged is None:
        return found
    # A category that only the other list has is no business of this one.
    return _keep_used_flags(found)


def _keep_used_flags(label_set: LabelSet) -> LabelSet:
    """Leave out flagged categories that no label has: they change no figure."""
    return label_set.replace(flagged=tuple(c for c in label_set.flagged if c in label_set.categories))


def write_link(result: "Audit | Shift") -> str:
    """Return the link to the page that shows a result of a store as it opens it: its path and its parameters.

    Parameters
    ----------
    result : Audit or Shift
        Of the store's first variant, which is the one that the page reads.

    Returns
    -------
    str
        Such as ``"/shift?v=1&..."``, to stand after the address of the app. Empty where no page asks the same: each
        list has prompts of its own, an image may have several labels, or the lists are too long for a link.
    """
    if result.store is None or not result.table.mode.single:
        return ""
    sets = [_keep_used_flags(label_set) for label_set in name_sides(result).values()]
    whole = all({*each.flagged} == {*each.categories} for each in sets)
    question = Question(
        store=result.store.name,
        before=format_labels(sets[0].labels),
        after=format_labels(sets[-1].labels),
        by=result.by,
        where=result.where,
        rule=str(result.rule),
        min_n=result.min_n,
        templates=sets[0].templates,
        flagged=None if whole else tuple(dict.fromkeys(c for each in sets for c in each.flagged)),
        cluster=result.table.cluster or "",
        together=result.level > LEVEL,
    )
    sides = ("before", "after")[: len(sets)]
    if any(build_side(question, side).digest != each.digest for side, each in zip(sides, sets, strict=True)):
        return ""
    address = pack_address(write_address(question, result.store.digest))
    return "" if address is None else f"/{'labels' if len(sets) == 1 else 'shift'}?{urlencode(address, doseq=True)}"


def report_json(
    result: "Audit | Shift", data: Mapping[str, Any], *, link: str = "", registered: Registration | None = None
) -> dict[str, Any]:
    """Return a report as plain data.

    Parameters
    ----------
    result : Audit or Shift
        What is reported.
    data : mapping
        The result as `to_json` gives it.
    link : str
        The link that shows it.
    registered : Registration, optional
        The seal, where it was registered before it was seen.

    Returns
    -------
    dict
        `data`, and ``question`` in plain words, ``link``, ``label_files`` (name to TOML) and ``registered``.
    """
    return {
        **data,
        "question": say_question(result).plain,
        "link": link,
        "label_files": list_label_files(result),
        "registered": registration_json(registered),
    }
