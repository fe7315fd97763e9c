"""Learning curves beside zero-shot: as plain data, as rows, as a sheet and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import format_count, format_group, format_rate
from clipdash.report.figures import SCHEMA
from clipdash.report.parts import write_share
from clipdash.report.phrase import Phrase, join_phrases, mark_typed
from clipdash.report.probing import probe_versions, say_split, split_json
from clipdash.report.rows import name_row, say_missing
from clipdash.report.sheet import Cell, Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import GroupLearning, LearningCurve, LearningPoint

__all__ = ["learning_json", "learning_rows", "learning_sheet", "say_learning"]


def learning_json(result: "LearningCurve", *, command: str = "") -> dict[str, Any]:
    """Return learning curves as plain data.

    Parameters
    ----------
    result : LearningCurve
        What `clipdash.probes.learn_curve` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``split`` as `linear_json` has it; ``per_class`` lists the numbers of labelled images. Each group has
        ``accuracy``, ``low`` and ``high``, one number each, ``draws`` (a list for each number), ``zero_shot``, and
        ``match``: the labelled images a class that reach zero-shot, null where none of the numbers does.
    """
    return {
        "schema": SCHEMA,
        **split_json(result.split),
        "per_class": list(result.per_class),
        "left_out": list(result.left_out),
        "draws": result.draws,
        "strength": result.strength,
        "unfinished": result.unfinished,
        "groups": [_group_json(row) for row in result.rows],
        "overall": _group_json(result.overall),
        "min_n": result.min_n,
        "command": command,
        "versions": probe_versions(),
    }


def _group_json(row: "GroupLearning") -> dict[str, Any]:
    head: dict[str, Any] = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.withheld:
        return head
    points = row.points
    head |= {name: [getattr(point, name) for point in points] for name in ("accuracy", "low", "high")}
    head["draws"] = [list(point.draws) for point in points]
    if row.zero_shot is None:
        return head
    return head | {"zero_shot": vars(row.zero_shot).copy(), "match": row.match, "match_draws": list(row.matches)}


def learning_rows(result: "LearningCurve") -> list[dict[str, str]]:
    """Return the table of learning curves, all held-out images in its first row: a few numbers, and the match."""
    return [_write_group(row, result) for row in (result.overall, *result.rows)]


def _write_group(row: "GroupLearning", result: "LearningCurve") -> dict[str, str]:
    shown = result.per_class if len(result.per_class) <= 5 else result.per_class[::2]
    names = [f"{format_count(count)} a class" for count in shown]
    compared = result.overall.zero_shot is not None or result.split.label_set is not None
    cells = name_row(row, result.split.by)
    columns = ["Zero-shot", *names, "Matches zero-shot"] if compared else names
    cells |= dict.fromkeys(columns, "")
    if row.withheld:
        return cells | {"Zero-shot" if compared else names[0]: say_missing(row)}
    points = {point.per_class: point for point in row.points}
    cells |= {name: _write_point(points[count]) for name, count in zip(names, shown, strict=True)}
    if row.zero_shot is None:
        return cells
    return cells | {"Zero-shot": write_share(row.zero_shot), "Matches zero-shot": say_match(row, result)}


def _write_point(point: "LearningPoint") -> str:
    return f"{format_rate(point.accuracy)} ({format_rate(point.low)} to {format_rate(point.high)})"


def say_match(row: "GroupLearning", result: "LearningCurve") -> str:
    """Say how many labelled images a class match zero-shot."""
    if row.match is None:
        return f"not within {format_count(result.per_class[-1])}"
    if row.match <= result.per_class[0]:
        return f"{format_count(result.per_class[0])} or fewer"
    return f"about {format_count(round(row.match))}"


def learning_sheet(result: "LearningCurve") -> Sheet:
    """Return learning curves, a row for each group and number of images; all images have no annotation named."""
    rows: list[dict[str, Cell]] = []
    for group in (*result.rows, result.overall):
        head: dict[str, Cell] = {f"annotated:{name}": value for name, value in group.group.items()}
        named = head | {"n": group.n, "withheld": group.withheld}
        zero: dict[str, Cell] = (
            {} if group.zero_shot is None else {"zero_shot": group.zero_shot.rate, "match": group.match}
        )
        for point in group.points:
            figures: dict[str, Cell] = {
                "per_class": point.per_class,
                "accuracy": point.accuracy,
                "low": point.low,
                "high": point.high,
            }
            draws = {f"draw_{place + 1}": accuracy for place, accuracy in enumerate(point.draws)}
            rows.append(named | figures | draws | zero)
        if not group.points:
            rows.append(named)
    return gather_rows(rows, [f"annotated:{name}" for name in result.split.by])


def say_learning(result: "LearningCurve") -> tuple[Phrase, ...]:
    """Say how many labelled images a class match zero-shot, overall and by group, and how the curves were made.

    Returns
    -------
    tuple of Phrase
        The first is the finding.
    """
    numbers = f"{result.per_class[0]} to {format_count(result.per_class[-1])} labelled images a class"
    left = ", ".join(format_count(count) for count in result.left_out)
    said = [_say_finding(result, numbers), *_say_groups(result), *say_split(result.split)]
    if left:
        said.append(join_phrases(f"The smallest class has too few images to learn from for {left} a class."))
    rest = f" {result.unfinished} fits had not come to rest after 1,000 iterations." if result.unfinished else ""
    return (
        *said,
        join_phrases(
            f"Each point is the mean of {result.draws} draws from the images to learn from and to choose by; its band "
            f"holds the held-out images and the draws. L2 strength {result.strength:g} throughout: to choose one would "
            f"take labelled images that are not counted.{rest}"
        ),
    )


def _say_finding(result: "LearningCurve", numbers: str) -> Phrase:
    row = result.overall
    if row.withheld:
        return join_phrases(f"Withheld: {format_count(row.n)} held-out images, fewer than {result.min_n}.")
    ends = f"{format_rate(row.points[0].accuracy)} to {format_rate(row.points[-1].accuracy)}"
    name = mark_typed(result.split.attribute)
    head = join_phrases(
        f"With {numbers}, a linear probe names the annotated ", name, f" of {ends} of {format_count(row.n)} images"
    )
    if row.zero_shot is None:
        return join_phrases(head, ".")
    match = "is not matched" if row.match is None else f"is matched by {say_match(row, result)} a class"
    zero = f"; zero-shot, {format_rate(row.zero_shot.rate)}, {match}"
    return join_phrases(head, f"{zero}{_say_draws(row)}.")


def _say_draws(row: "GroupLearning") -> str:
    found = sorted(match for match in row.matches if match is not None)
    if not found:
        return ""
    reached = f"{len(found)} of {len(row.matches)} draws reach it"
    return f" ({reached}, at {format_count(round(found[0]))} to {format_count(round(found[-1]))})"


def _say_groups(result: "LearningCurve") -> list[Phrase]:
    rows = [row for row in result.rows if row.zero_shot is not None]
    if not rows:
        return []
    parts = [f"{format_group(row.group)} {say_match(row, result)}" for row in rows]
    return [join_phrases(f"Matched by group, labelled images a class: {'; '.join(parts)}.")]
