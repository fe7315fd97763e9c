"""A linear probe beside zero-shot: as plain data, as rows, as a sheet and in words."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from clipdash.charts import format_count, format_interval, format_p, format_points, format_rate
from clipdash.report.figures import SCHEMA, read_versions, set_json
from clipdash.report.parts import group_accuracy_json, write_share
from clipdash.report.phrase import Phrase, join_phrases, mark_figure, mark_typed
from clipdash.report.rows import name_row, say_missing
from clipdash.report.sheet import Cell, Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import GroupProbe, LinearProbe, ProbeSplit

__all__ = ["linear_json", "linear_rows", "linear_sheet", "probe_versions", "say_linear", "say_split", "split_json"]


def linear_json(result: "LinearProbe", *, command: str = "") -> dict[str, Any]:
    """Return a linear probe as plain data.

    Parameters
    ----------
    result : LinearProbe
        What `clipdash.probes.fit_probe` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``split`` says what was learned, and which images were held out (their digest); ``strength`` is the L2 strength
        chosen among ``tried``. Each group has ``linear`` and ``zero_shot`` as `accuracy_json` gives them, and their
        paired ``difference``. The same sample gives the same data.
    """
    return {
        "schema": SCHEMA,
        **split_json(result.split),
        "strength": result.strength,
        "tried": [{"strength": strength, "accuracy": accuracy} for strength, accuracy in result.tried],
        "converged": result.converged,
        "groups": [_group_json(row) for row in result.rows],
        "overall": _group_json(result.overall),
        "min_n": result.min_n,
        "command": command,
        "versions": probe_versions(),
    }


def split_json(split: "ProbeSplit") -> dict[str, Any]:
    """Return what a probe learned from, and what it was tested on."""
    return {
        "store": None if split.store is None else {"name": split.store.name, "digest": split.store.digest},
        "variants": [split.variant],
        "label_set": None if split.label_set is None else set_json(split.label_set),
        "attribute": split.attribute,
        "classes": list(split.values),
        "by": list(split.by),
        "where": {attribute: list(values) for attribute, values in split.where.items()},
        "split": {
            "train": split.train,
            "validation": split.validation,
            "test": split.test,
            "seed": split.seed,
            "digest": split.digest,
            "cluster": split.cluster,
            "units": split.units,
            "available": split.available,
            "unannotated": split.unannotated,
        },
    }


def probe_versions() -> Mapping[str, str]:
    """Return what `read_versions` does, and the version of scikit-learn, which fits."""
    return dict(read_versions()) | {"scikit-learn": version("scikit-learn")}


def _group_json(row: "GroupProbe") -> dict[str, Any]:
    head: dict[str, Any] = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    for name, side in (("linear", row.linear), ("zero_shot", row.zero_shot)):
        if side is not None:
            head[name] = {key: value for key, value in group_accuracy_json(side).items() if key not in head}
    if row.difference is None:
        return head
    return head | {
        "only_linear": row.only_linear,
        "only_zero_shot": row.only_zero_shot,
        "difference": {"value": row.difference.value, "low": row.difference.low, "high": row.difference.high},
        "p": row.p,
        "p_adjusted": row.p_adjusted,
    }


def linear_rows(result: "LinearProbe") -> list[dict[str, str]]:
    """Return the table of a linear probe, all held-out images in its first row."""
    return [_write_group(row, result) for row in (result.overall, *result.rows)]


def _write_group(row: "GroupProbe", result: "LinearProbe") -> dict[str, str]:
    names = ["Linear probe"]
    if result.split.label_set is not None or result.overall.zero_shot is not None:
        names = ["Zero-shot", "Linear probe", "Difference", "95% interval", "p, Holm"]
    cells = name_row(row, result.split.by) | dict.fromkeys(names, "")
    if row.linear is None or row.linear.accuracy is None:
        return cells | {names[0]: say_missing(row)}
    cells["Linear probe"] = write_share(row.linear.accuracy)
    if row.zero_shot is None or row.zero_shot.accuracy is None or row.difference is None:
        return cells
    return cells | {
        "Zero-shot": write_share(row.zero_shot.accuracy),
        "Difference": format_points(row.difference.value),
        "95% interval": format_interval(row.difference.low, row.difference.high),
        "p, Holm": format_p(row.p_adjusted) if row.group else "",
    }


def linear_sheet(result: "LinearProbe") -> Sheet:
    """Return a linear probe, a row for each group and classifier; all images have no annotation named."""
    rows: list[dict[str, Cell]] = []
    for group in (*result.rows, result.overall):
        head: dict[str, Cell] = {f"annotated:{name}": value for name, value in group.group.items()}
        named = head | {"n": group.n, "withheld": group.withheld}
        tested: dict[str, Cell] = {}
        if group.difference is not None:
            tested = {
                "difference" if name == "value" else f"difference_{name}": end
                for name, end in vars(group.difference).items()
            }
            tested |= {"p": group.p, "p_adjusted": group.p_adjusted}
        sides = {"zero-shot": group.zero_shot, "linear probe": group.linear}
        shares = {name: side.accuracy for name, side in sides.items() if side is not None and side.accuracy is not None}
        rows += [named | {"classifier": name} | vars(share) | tested for name, share in shares.items()] or [named]
    return gather_rows(rows, [f"annotated:{name}" for name in result.split.by])


def say_linear(result: "LinearProbe") -> tuple[Phrase, ...]:
    """Say how accurate the probe is, how zero-shot did on the same images, and what was held out.

    Returns
    -------
    tuple of Phrase
        The first is the finding.
    """
    found = [_say_finding(result), *say_split(result.split)]
    strength = f"L2 strength {result.strength:.3g}, the best of {len(result.tried)} tried on validation images"
    rest = "" if result.converged else "; the last fit had not come to rest after 1,000 iterations"
    return (*found, join_phrases(f"{strength}{rest}."))


def _say_finding(result: "LinearProbe") -> Phrase:
    row, name = result.overall, mark_typed(result.split.attribute)
    if row.linear is None or row.linear.accuracy is None:
        return join_phrases(f"Withheld: {format_count(row.n)} held-out images, fewer than {result.min_n}.")
    share = mark_figure(format_rate(row.linear.accuracy.rate))
    head = join_phrases(
        "A linear probe names the annotated ", name, " of ", share, f" of {format_count(row.n)} held-out images"
    )
    if row.difference is None or row.zero_shot is None or row.zero_shot.accuracy is None:
        return join_phrases(head, ".")
    points = f"{format_points(row.difference.value)} points"
    interval = format_interval(row.difference.low, row.difference.high)
    other = mark_figure(format_rate(row.zero_shot.accuracy.rate))
    return join_phrases(
        head,
        "; zero-shot that of ",
        other,
        f": {points} ({interval}), McNemar mid-p {format_p(row.p)}."
        if result.split.cluster is None
        else f": {points} ({interval}), p {format_p(row.p)} with clusters exchanged whole.",
    )


def say_split(split: "ProbeSplit") -> list[Phrase]:
    """Say which images a probe learned from and was tested on, and what it cannot tell apart."""
    counts = [format_count(count) for count in (split.train, split.validation, split.test)]
    said = [
        join_phrases(
            f"{counts[0]} images to learn from, {counts[1]} to choose by, {counts[2]} held out (seed {split.seed}, "
            f"split {split.digest[:12]}), stratified by class and group."
        )
    ]
    if split.cluster is not None:
        name = mark_typed(split.cluster)
        said.append(
            join_phrases("Images with one ", name, " lie in one part, so that no copy of a held-out image is learned.")
        )
    if split.images < split.available:
        sample = f"A sample of {format_count(split.images)} of {format_count(split.available)} images, drawn by chance."
        said.append(join_phrases(sample))
    if split.unannotated:
        name = mark_typed(split.attribute)
        said.append(join_phrases(f"{format_count(split.unannotated)} images without ", name, " are left out."))
    said.append(
        join_phrases(
            "It learns whatever goes with the annotation in these images, other attributes among it, from the "
            "embeddings that zero-shot uses: unit vectors after the projection."
        )
    )
    return said
