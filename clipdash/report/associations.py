"""Associations as plain data, as a table, as CSV and in words."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from clipdash.charts import format_annotation, format_p, format_signed, name_side
from clipdash.report.figures import SCHEMA, read_versions
from clipdash.report.sheet import Cell, Sheet

if TYPE_CHECKING:
    from clipdash.audit import Association

__all__ = [
    "associations_json",
    "associations_rows",
    "associations_sheet",
    "pick_words",
    "say_associations",
    "say_words",
]

_NAMED = 5
_METHODS = {"bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli"}


def associations_json(found: "Association", *, top: int | None = None, command: str = "") -> dict[str, Any]:
    """Return associations as plain data.

    Parameters
    ----------
    found : Association
        What `associate` returned.
    top : int, optional
        Only so many words a contrast and direction; all by default.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        As the command ``associate`` prints it. ``contrasts`` names each group, and the one that it is held against
        (null: all others shown); ``rows`` has a word of one contrast each, from the highest effect to the lowest, with
        its ``mean`` and ``mean_against`` and the place of its contrast.
    """
    rows = [
        _row_json(found, place, word)
        for place in range(len(found.contrasts))
        for word in pick_words(found, place, top=top)
    ]
    return {
        "schema": SCHEMA,
        "store": {"name": found.store.name, "digest": found.store.digest},
        "variant": found.variant,
        "measure": found.measure,
        "words": _words_json(found),
        "templates": list(found.templates),
        "templates_apply": bool(found.templates),
        "by": list(found.by),
        "where": {attribute: list(values) for attribute, values in found.where.items()},
        "n": found.n,
        "ungrouped": found.ungrouped,
        "others": found.others,
        "groups": [{"group": dict(group.group), "n": group.n, "withheld": group.withheld} for group in found.groups],
        "contrasts": _contrasts_json(found),
        "permutations": {"draws": found.permutations, "seed": found.seed},
        "adjust": {"method": found.adjust, "tests": found.differences.size, "fewest_called": found.fewest_called},
        "cluster": found.cluster,
        "rows": rows,
        "min_n": found.min_n,
        "command": command,
        "versions": dict(read_versions()),
    }


def _words_json(found: "Association") -> dict[str, Any]:
    asked = found.word_list
    return {
        "name": asked.name,
        "sha256": asked.sha256,
        "source": asked.source,
        "asked": len(asked.words),
        "used": len(found.words),
        "repeated": asked.repeated,
        "left_out": {
            "count": len(found.left_out),
            "first": [{"word": word, "reason": reason} for word, reason in found.left_out[:_NAMED]],
        },
    }


def _contrasts_json(found: "Association") -> list[dict[str, Any]]:
    return [
        {
            "group": dict(group.group),
            "n": group.n,
            "against": None if against is None else dict(against.group),
            "n_against": found.n - group.n,
            "called": {"higher": higher, "lower": lower},
        }
        for (group, against), (higher, lower) in zip(found.contrasts, _count_called(found), strict=True)
    ]


def _count_called(found: "Association") -> list[tuple[int, int]]:
    called, up = found.called, found.differences > 0
    return [(int((c & u).sum()), int((c & ~u).sum())) for c, u in zip(called, up, strict=True)]


def _row_json(found: "Association", place: int, word: int) -> dict[str, Any]:
    mean, against = _read_means(found, place, word)
    effect = float(found.effects[place, word])
    return {
        "word": found.words[word],
        "contrast": place,
        "mean": mean,
        "mean_against": against,
        "difference": float(found.differences[place, word]),
        "deviation": float(found.deviations[word]),
        "effect": None if isnan(effect) else effect,
        "p": None if found.p is None else float(found.p[place, word]),
        "p_adjusted": None if found.p_adjusted is None else float(found.p_adjusted[place, word]),
    }


def _read_means(found: "Association", place: int, word: int) -> tuple[float, float]:
    mean = float(found.means[place, word])
    return mean, mean - float(found.differences[place, word])


def pick_words(found: "Association", place: int = 0, *, top: int | None = None, containing: str = "") -> list[int]:
    """Return words of a contrast from the highest effect to the lowest.

    Parameters
    ----------
    found : Association
        What `associate` returned.
    place : int
        Of the contrast.
    top : int, optional
        At most so many from either end, and of these the words whose effect has that direction.
    containing : str
        Only words with these letters, upper and lower case alike.

    Returns
    -------
    list of int
        Places of words.
    """
    sought = containing.strip().casefold()
    ranked = [word for word in found.rank(place).tolist() if sought in found.words[word].casefold()]
    if top is None:
        return ranked
    effects = np.nan_to_num(found.effects[place])
    upper = [word for word in ranked if effects[word] > 0][:top]
    lower = [word for word in ranked if effects[word] < 0][-top:] if top else []
    return upper + lower


def associations_rows(found: "Association", place: int, words: Sequence[int]) -> list[dict[str, str]]:
    """Return a table of some words of a contrast, every cell as it is shown.

    Returns
    -------
    list of dict of str to str
        Columns: Word, Effect, Difference, one mean a side, p, and the adjusted p; without permutations neither p.
    """
    sides = [f"Mean, {name_side(found, place, upper)}" for upper in (True, False)]
    rows = []
    for word in words:
        mean, against = _read_means(found, place, word)
        row = {
            "Word": found.words[word],
            "Effect": format_signed(float(found.effects[place, word]), 2),
            "Difference": format_signed(float(found.differences[place, word]), 4),
            sides[0]: f"{mean:.4f}".replace("-", "\u2212"),
            sides[1]: f"{against:.4f}".replace("-", "\u2212"),
        }
        if found.p is not None and found.p_adjusted is not None:
            row |= {
                "p": format_p(float(found.p[place, word])),
                f"p, {found.adjust.upper()}": format_p(float(found.p_adjusted[place, word])),
            }
        rows.append(row)
    return rows


def associations_sheet(found: "Association") -> Sheet:
    """Return every word of every contrast, with its figures; those that do not apply are empty."""
    names = ("mean", "mean_against", "difference", "deviation", "effect", "p", "p_adjusted")
    rows: list[tuple[Cell, ...]] = []
    for place, (group, against) in enumerate(found.contrasts):
        other = "all other groups" if against is None else " + ".join(against.group.values())
        named = (" + ".join(group.group.values()), group.n, other, found.n - group.n)
        for word in pick_words(found, place):
            row = _row_json(found, place, word)
            rows.append((row["word"], *named, *(row[name] for name in names)))
    return Sheet(("word", "group", "n", "against", "n_against", *names), tuple(rows))


def say_associations(found: "Association", place: int = 0) -> str:
    """Say how many words differ in a contrast, in one sentence with n."""
    group, against = found.contrasts[place]
    rest, words, what = found.n - group.n, f"{len(found.words):,}", f"mean {found.measure}"
    one = f"images {format_annotation(group.group)} (n {group.n:,})"
    other = "all other groups" if against is None else f"those {format_annotation(against.group)}"
    sides = f"with {one} than with {other} (n {rest:,})"
    if found.p_adjusted is None:
        return f"{words} words, each by how much higher its {what} is {sides}; nothing was tested."
    higher, lower = _count_called(found)[place]
    if not higher + lower:
        return f"No word of {words} can be told to have another {what} {sides}."
    told = f"Of {words} words, {higher:,} have a higher and {lower:,} a lower {what} {sides}"
    return f"{told}, at a false discovery rate of 5%."


def say_words(found: "Association") -> list[str]:
    """Say how it was tested and what was left out, one sentence a line."""
    said = []
    tests = found.differences.size
    if found.p is not None:
        said.append(
            f"p: {found.permutations:,} seeded permutations of the images' groups, two-sided, so at least "
            f"{1 / (found.permutations + 1):.2g}; adjusted by {_METHODS[found.adjust]} over all {tests:,} tests. A "
            f"word can count only where at least {found.fewest_called:,} reach that smallest p; more permutations help."
        )
    if found.cluster is not None and found.p is not None:
        said.append(
            f"Several images share one {found.cluster.replace('_', ' ')}, and each counts by itself here: p is too "
            "small where they lie in one group, too large where they lie in several."
        )
    withheld = [f"{format_annotation(group.group)} ({group.n:,})" for group in found.groups if group.withheld]
    if withheld:
        said.append(f"Withheld, fewer than {found.min_n:,} images: {', '.join(withheld)}.")
    if found.ungrouped:
        said.append(f"{found.ungrouped:,} images are ungrouped: an annotation grouped by is missing.")
    if found.others:
        said.append(f"{found.others:,} images are in no group asked for.")
    if found.left_out:
        word, reason = found.left_out[0]
        verb = "word is" if len(found.left_out) == 1 else "words are"
        said.append(f"{len(found.left_out):,} {verb} left out, first {word} ({reason}).")
    if found.word_list.repeated:
        said.append(f"{found.word_list.repeated:,} lines of the list repeat a word and are left out.")
    source = f" ({found.word_list.source})" if found.word_list.source else ""
    said.append(f"Words: {found.word_list.name}{source}. They are the model's associations, not those of people.")
    return said
