"""A scan of words as plain data, as a table, as CSV and in words."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from clipdash.audit.scan import CHOSEN, SEEDS
from clipdash.charts import (
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_p,
    format_points,
    format_size,
)
from clipdash.report.figures import SCHEMA, read_versions, set_json
from clipdash.report.phrase import Phrase, join_phrases, mark_figure, mark_typed
from clipdash.report.ruling import say_rule
from clipdash.report.sheet import Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import FoundWord, GroupShift, Scan

__all__ = ["confirmed_sheet", "say_scan", "say_scan_head", "scan_json", "scan_rows", "scan_sheet"]

_NAMED = 5
_WAYS = {"fixed": "fewer", "broken": "more"}


def scan_json(result: "Scan", *, command: str = "") -> dict[str, Any]:
    """Return a scan as plain data.

    Parameters
    ----------
    result : Scan
        What `scan_words` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        As the command ``scan`` prints it. Of each word found, ``chosen`` is of the half that ranked all words and so
        optimistic, ``confirmed`` of the other one; ``moved`` counts every judged image that takes the word.
    """
    store, places = result.standing.predictions.store, {w: p for p, w in enumerate(result.candidates.words)}
    return {
        "schema": SCHEMA,
        "store": None if store is None else {"name": store.name, "digest": store.digest},
        "label_set": set_json(result.label_set),
        "words": _words_json(result),
        "category": result.category,
        "rule": str(result.rule),
        "by": list(result.by),
        "where": {attribute: list(values) for attribute, values in result.where.items()},
        "n": result.n,
        "unjudged": result.unjudged,
        "ungrouped": result.ungrouped,
        "rank": result.order,
        "one_way": result.one_way,
        "seed": result.seed,
        "groups": [{"group": dict(g.group), "n": g.n, "withheld": g.withheld} for g in result.groups],
        "found": [_found_json(word, result, places[word.word]) for word in result.found],
        "survived": _survived_json(result),
        "min_n": result.min_n,
        "cluster": result.cluster,
        "variants": [result.standing.predictions.variant],
        "templates_apply": result.standing.predictions.prompted,
        "command": command,
        "versions": dict(read_versions()),
    }


def _words_json(result: "Scan") -> dict[str, Any]:
    left_out = result.candidates.left_out
    first = [{"word": word, "reason": reason} for word, reason in left_out[:_NAMED]]
    return {
        "name": result.words.name,
        "sha256": result.words.sha256,
        "count": len(result.candidates.words),
        "left_out": {"count": len(left_out), "first": first},
        "source": result.words.source,
    }


def _survived_json(result: "Scan") -> dict[str, Any]:
    counts = None if result.survived is None else list(result.survived)
    return {"k": CHOSEN, "seeds": SEEDS, "counts": counts}


def _found_json(word: "FoundWord", result: "Scan", place: int) -> dict[str, Any]:
    chosen = [
        {"group": dict(g.group), "n": g.n, "fixed": g.fixed, "broken": g.broken, "shift": g.shift} for g in word.chosen
    ]
    return {
        "word": word.word,
        "rank_shift": int(result.ranking.by_shift[place]),
        "rank_difference": int(result.ranking.by_difference[place]),
        "chosen": {"groups": chosen},
        "confirmed": {
            "groups": [_group_json(row) for row in word.confirmed.rows if not row.withheld],
            "homogeneity": word.confirmed.homogeneity._asdict(),
            "p_adjusted": word.p_adjusted,
        },
        "moved": word.moved,
    }


def _group_json(row: "GroupShift") -> dict[str, Any]:
    shift = row.shift
    return {
        "group": dict(row.group),
        "n": row.n,
        "fixed": row.fixed,
        "broken": row.broken,
        "shift": None if shift is None else {"value": shift.value, "low": shift.low, "high": shift.high},
    }


def scan_sheet(result: "Scan") -> Sheet:
    """Return every word tried, one a row, with its figures in the half that ranked them: optimistic ones.

    Parameters
    ----------
    result : Scan
        What `scan_words` returned.

    Returns
    -------
    Sheet
        In the order of the list: word, rank_shift, rank_difference (empty where fewer than five images change sides),
        changed_sides, largest_shift, largest_difference.
    """
    ranking = result.ranking
    columns = (ranking.by_shift, ranking.by_difference, ranking.moved, ranking.shift, ranking.difference)
    lists = [column.tolist() for column in columns]
    lists[:2] = [[rank or None for rank in ranks] for ranks in lists[:2]]
    return Sheet(
        ("word", "rank_shift", "rank_difference", "changed_sides", "largest_shift", "largest_difference"),
        tuple(zip(result.candidates.words, *lists, strict=True)),
    )


def confirmed_sheet(result: "Scan") -> Sheet:
    """Return the words found, a row for each group, with its figures in the half that had no say in the choice."""
    return gather_rows(
        {"word": word.word, "p_adjusted": word.p_adjusted}
        | {f"annotated:{name}": value for name, value in row.group.items()}
        | {"n": row.n, "withheld": row.withheld, "no_longer": row.fixed, "newly": row.broken}
        | ({"shift": row.shift.value, "low": row.shift.low, "high": row.shift.high} if row.shift else {})
        for word in result.found
        for row in word.confirmed.rows
    )


def scan_rows(result: "Scan") -> list[dict[str, str]]:
    """Return the table of the words found, best first; its figures are of the half that had no say in the choice."""
    return [_write_word(word) for word in result.found]


def _write_word(word: "FoundWord") -> dict[str, str]:
    most = _find_most(word)
    shift = None if most is None else most.shift
    largest = max((abs(group.shift) for group in word.chosen if group.shift is not None), default=None)
    return {
        "Word": word.word,
        "Images that take it": format_count(word.moved),
        "Moved most": "" if most is None else format_group(most.group),
        "Shift": format_points(None if shift is None else shift.value),
        "95% interval": format_interval(None if shift is None else shift.low, None if shift is None else shift.high),
        "In the half that chose": format_size(largest),
        "Groups apart": format_size(_find_difference(word)),
        "p, adjusted": format_p(word.p_adjusted),
    }


def _find_most(word: "FoundWord") -> "GroupShift | None":
    """Return the group with the largest confirmed shift; of equal ones the first."""
    rows = [row for row in word.confirmed.rows if row.shift is not None]
    return max(rows, key=lambda row: abs(row.shift.value) if row.shift else 0.0, default=None)


def _find_difference(word: "FoundWord") -> float | None:
    values = [row.shift.value for row in word.confirmed.rows if row.shift is not None]
    return max(values) - min(values) if len(values) > 1 else None


def say_scan_head(result: "Scan") -> Phrase:
    """Return the finding in one sentence: what the word that was chosen first does in the other half."""
    tried = f"{len(result.candidates.words):,} words"
    most = _find_most(result.found[0]) if result.found else None
    if most is None or most.shift is None:
        return join_phrases(f"None of {tried} moves five images of the half that chooses")
    first = join_phrases(f"Of {tried}, one half of the images puts ", mark_typed(result.found[0].word), " first; ")
    if result.order == "difference":
        apart = mark_figure(f"{format_size(_find_difference(result.found[0]))} points")
        return join_phrases(first, "in the other half it shifts the groups ", apart, " apart at most")
    size = mark_figure(f"{format_points(most.shift.value)} points")
    whom = f" at most (images {format_annotation(most.group)})"
    return join_phrases(first, "in the other half it moves a group by ", size, whom)


def say_scan(result: "Scan") -> list[str]:
    """Say what the words found are, and what stands behind them, one sentence a line."""
    said = [
        f"Each of {len(result.candidates.words):,} words joined {result.label_set.name} by itself, on {result.n:,} "
        "judged images. One half of the images ranked the words and chose; the shifts, intervals and p are of the "
        "other half, which had no say. The figures of the half that chose are optimistic."
    ]
    if result.one_way:
        said.append(
            f"With a word of this kind the images that {say_rule(result.rule)} can only become "
            f"{_WAYS[result.one_way]}, so the question is whether the groups shift differently (p, adjusted for the "
            "words chosen by Benjamini and Hochberg)."
        )
    if result.survived is not None and result.found:
        said += [_say_confirmed(result), _say_survived(result.survived)]
    return said + _say_missing(result)


def _say_confirmed(result: "Scan") -> str:
    standing = [word.word for word in result.found if word.stands]
    if not standing:
        return "Of none of the words chosen it is confirmed that the groups shift differently (p, adjusted, above .05)."
    named = ", ".join(standing[:_NAMED]) + (f" and {len(standing) - _NAMED} more" if len(standing) > _NAMED else "")
    return f"Confirmed to shift the groups differently (p, adjusted, at most .05): {named}."


def _say_survived(survived: Sequence[int]) -> str:
    counts = sorted(survived)
    span = f"{counts[0]} to {counts[-1]}" if counts[0] < counts[-1] else f"{counts[0]}"
    return (
        f"Over {len(counts)} ways to halve the images, {span} of the words chosen are confirmed, median "
        f"{median(counts):g}; this describes how far the choice hangs on the halves, and is no test."
    )


def _say_missing(result: "Scan") -> list[str]:
    said = []
    if result.unjudged:
        said.append(f"{result.unjudged:,} images are unjudged: an annotation that a label claims is missing.")
    withheld = [format_group(group.group) for group in result.groups if group.withheld and group.n]
    if withheld:
        said.append(f"Withheld, fewer than {result.min_n:,} images: {', '.join(withheld)}.")
    left_out = result.candidates.left_out
    if left_out:
        named = "; ".join(f"{word} ({reason})" for word, reason in left_out[:_NAMED])
        more = f"; and {len(left_out) - _NAMED:,} more" if len(left_out) > _NAMED else ""
        said.append(f"Words left out: {named}{more}.")
    return said
