"""A result as one HTML file that opens anywhere, offline: words, charts, tables, method and provenance."""

import json as _json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clipdash.audit import Audit
from clipdash.charts import (
    OUTCOME_KEY,
    describe_flow_chart,
    describe_gap_chart,
    describe_outcome_chart,
    describe_rate_chart,
    describe_shift_chart,
    draw_picture,
    draw_swatch,
    escape_script,
    flow_chart,
    format_count,
    gap_chart,
    outcome_chart,
    rate_chart,
    read_palette,
    read_plotly,
    shift_chart,
    write_figures,
)
from clipdash.labels import format_labels
from clipdash.report.asked import say_question
from clipdash.report.phrase import Phrase, join_phrases, list_phrases
from clipdash.report.registration import Registration, say_registration
from clipdash.report.repeat import list_label_files, name_lists, name_sides, report_json
from clipdash.report.rows import audit_rows, shift_rows
from clipdash.report.words import describe

if TYPE_CHECKING:
    from clipdash.audit import Shift
    from clipdash.labels import LabelSet

__all__ = ["to_html"]

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
#: Section, heading, function that draws it, function that says what it shows.
_SHIFT_CHARTS = (
    ("shift", "Rates and shifts", shift_chart, describe_shift_chart),
    ("outcomes", "Where the images went", outcome_chart, describe_outcome_chart),
    ("gap", "Gap between groups", gap_chart, describe_gap_chart),
    ("flows", "Which label each image moved to", flow_chart, describe_flow_chart),
)
#: Columns that a phone shows too.
_PHONE = ("Before", "After", "Shift", "Rate", "Misclassified", "Counted")
_AUDIT_CHARTS = (
    ("rate", "Rates", rate_chart, describe_rate_chart),
    ("outcomes", "Where the images went", outcome_chart, describe_outcome_chart),
    ("gap", "Gap between groups", gap_chart, describe_gap_chart),
)


def to_html(
    result: "Audit | Shift",
    *,
    command: str = "",
    json: Mapping[str, Any] | None = None,
    title: str | None = None,
    notes: Sequence[str] = (),
    registered: Registration | None = None,
    tried: int | None = None,
    link: str = "",
) -> str:
    """Write a result as one self-contained HTML page.

    Parameters
    ----------
    result : Audit or Shift
        What to report.
    command : str
        The command that repeats it, shown under provenance; nothing is shown if it is empty.
    json : mapping, optional
        The result as `to_json` gives it: embedded in the page as `report_json` completes it, its versions and inputs
        listed.
    title : str, optional
        Of the browser's tab; by default the headline.
    notes : sequence of str
        Sentences that stand after those of the result.
    registered : Registration, optional
        The seal, where the comparison was registered before it was seen.
    tried : int, optional
        How many comparisons were tried on the store, this one included.
    link : str
        What shows the result in the app, as `write_link` gives it or with the address of an app before it.

    Returns
    -------
    str
        HTML5. The page holds plotly.js once and makes no request; it prints on A4; on paper and without JavaScript its
        charts are static pictures. The label files that `command` names are in it. The same result gives the same text.
    """
    finding, data = describe(result), json or {}
    whole = report_json(result, data, link=link, registered=registered) if data else None
    finding = replace(finding, notes=(*finding.notes, *map(join_phrases, notes)))
    charts = _list_charts(result)
    rows = audit_rows(result) if isinstance(result, Audit) else shift_rows(result)
    template = _ENVIRONMENT.get_template("report.html.j2")
    return template.render(
        title=title or finding.headline.plain,
        finding=finding,
        question=say_question(result),
        registration=say_registration(registered, tried),
        charts=charts,
        compared=not isinstance(result, Audit),
        key=[(name, meaning, Markup(draw_swatch(name))) for name, meaning in OUTCOME_KEY],  # noqa: S704  # nosec B704  # ours
        rows=rows,
        classes=_choose_classes(rows, result.by),
        sets=[_write_set(side, label_set) for side, label_set in name_sides(result).items()],
        files={name: f"data:application/toml,{quote(text)}" for name, text in list_label_files(result).items()},
        facts=_list_facts(result, command, data, registered),
        sources=_say_sources(result, command),
        link=link,
        palette=read_palette(),
        # Each is escaped for the script element that it stands in.
        figures=Markup(write_figures(_collect_figures(charts))),  # noqa: S704  # nosec B704  # escaped for its script element
        plotly=Markup(read_plotly()),  # noqa: S704  # nosec B704  # plotly's own script
        data=Markup(_write_script(whole)) if whole else None,  # noqa: S704  # nosec B704  # escaped for its script element
    )


def _collect_figures(charts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: figure for chart in charts for name, figure in chart["figures"].items()}


def _write_script(data: Any) -> str:
    return escape_script(_json.dumps(data, ensure_ascii=False, indent=1))


def _list_charts(result: "Audit | Shift") -> list[dict[str, Any]]:
    """Return name, heading, alternative text, figures and static picture of each chart."""
    charts: Any = _AUDIT_CHARTS if isinstance(result, Audit) else _SHIFT_CHARTS
    listed = []
    for name, heading, draw, describe_it in charts:
        wide, said = draw(result), describe_it(result)
        # The picture is made of escaped words only.
        picture = Markup(draw_picture(wide, f"picture-{name}", alt=said))  # noqa: S704  # nosec B704  # see above
        figures = {f"{name}-wide": wide, f"{name}-narrow": draw(result, narrow=True)}
        listed.append({"name": name, "heading": heading, "alt": said, "picture": picture, "figures": figures})
    return listed


def _choose_classes(rows: Sequence[Mapping[str, str]], by: Sequence[str]) -> dict[str, str]:
    """Return the CSS class of each column: names stand left, and a phone has room for a few others only."""
    columns = list(rows[0]) if rows else []
    return {
        column: "name" if place < len(by) else "" if column in _PHONE else "more"
        for place, column in enumerate(columns)
    }


def _write_set(side: str, label_set: "LabelSet") -> dict[str, Any]:
    return {
        "heading": side.capitalize(),
        "file": f"{side}.toml",
        "name": label_set.name,
        "version": label_set.version,
        "digest": label_set.digest,
        "templates": label_set.templates,
        "flagged": label_set.flagged,
        "source": label_set.source,
        "labels": format_labels(label_set.labels),
    }


def _say_sources(result: "Audit | Shift", command: str) -> Phrase:
    """Say where the command finds the lists that it names, and where a reader does."""
    named = [name for name in dict.fromkeys(name_lists(result).values()) if name in command.split()]
    presets = [name for name in named if not name.endswith(".toml")]
    files = [name for name in named if name.endswith(".toml")]
    parts = []
    if presets:
        one = len(presets) == 1
        parts.append(
            join_phrases(
                f"names the preset{'' if one else 's'} ",
                list_phrases(presets),
                f", which come{'s' if one else ''} with clipdash",
            )
        )
    if files:
        parts.append(join_phrases("reads ", list_phrases(files), " from the folder where it is run"))
    told = join_phrases("The command ", list_phrases(parts), ". ") if parts else Phrase()
    return join_phrases(told, "Each list is in this file as a label file, below.")


def _list_facts(
    result: "Audit | Shift", command: str, data: Mapping[str, Any], registered: Registration | None
) -> list[tuple[str, str]]:
    """Return what a reader needs to repeat the result, as names and texts."""
    where = "; ".join(f"{attribute} = {', '.join(values)}" for attribute, values in result.where.items())
    store = "none was read" if result.store is None else f"{result.store.name}, digest {result.store.digest}"
    facts = [
        ("Store", store),
        *(("Input", f"{entry.get('file')}, sha256 {entry.get('sha256')}") for entry in data.get("inputs", ())),
        ("Variant", ", ".join(dict.fromkeys(result.table.variants))),
        ("Groups", ", ".join(result.by)),
        ("Only images with", where),
        ("Rule", str(result.rule)),
        ("Least group size shown", format_count(result.min_n)),
        ("Images judged", format_count(result.n)),
        ("Images unjudged", format_count(result.unjudged)),
        ("Images in no group", format_count(result.ungrouped)),
        ("Versions", ", ".join(f"{package} {version}" for package, version in data.get("versions", {}).items())),
        ("Seal", f"{registered.digest}, {registered.time}" if registered else ""),
        ("Command", command),
    ]
    return [(name, text) for name, text in facts if text]
