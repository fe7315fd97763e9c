"""Results of real models on real photographs: tables of counts that come with clipdash, computed like any other."""

import csv
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import streamlit as st
from pydantic import BaseModel, ConfigDict

from clipdash.audit import Audit, Shift, measure, parse_rule, shift
from clipdash.charts import format_rate
from clipdash.exchange import RATES_RULE, read_counts, read_rates
from clipdash.labels import read_labels
from clipdash.report.sheet import Sheet
from clipdash.report.words import describe
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import show_chart
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow

__all__ = ["Example", "answer_example", "list_examples", "say_models", "show_examples"]


class Example(BaseModel):
    """A table of counts, the label sets behind it, and how it is shown.

    Parameters
    ----------
    key, title : str
        Its name and its heading.
    table : str
        The file of counts.
    sets : tuple of str
        One label file, or two of a comparison.
    by : tuple of str
        Attributes grouped by.
    chart : {"shift", "rates"}
        How it is drawn.
    rule : str
        What counts.
    models, counted : str, optional
        A table of rates of several models, and which of its counts stands beside this one.
    source_name, source, link : str
        Where the counts come from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    table: str
    sets: tuple[str, ...]
    by: tuple[str, ...]
    chart: Literal["shift", "rates"]
    rule: str = "misclassified"
    models: str | None = None
    counted: str | None = None
    source_name: str
    source: str
    link: str


@cache
def list_examples() -> tuple[Example, ...]:
    """Return every example, in the order of showing."""
    content = (resources.files("clipdash") / "examples" / "index.toml").read_text(encoding="utf-8")
    return tuple(Example.model_validate(entry) for entry in tomllib.loads(content)["example"])


@cache
def answer_example(example: Example) -> Audit | Shift:
    """Return the result behind an example."""
    with resources.as_file(resources.files("clipdash") / "examples") as folder:
        sets = [read_labels(folder / name) for name in example.sets]
        table = read_counts(folder / example.table, sets).tabulate(example.by)
    rule = parse_rule(example.rule)
    return measure(table, rule) if len(sets) == 1 else shift(table, rule)


@cache
def say_models(example: Example) -> str:
    """Return the sentence on how far other models lie apart on the same count; empty where none stand beside it."""
    if example.models is None or example.counted is None:
        return ""
    where = {"counted": (example.counted,), "dataset": ("FairFace",)}
    with resources.as_file(resources.files("clipdash") / "examples") as folder:
        table = read_rates(folder / example.models).tabulate("model", where)
    sides = [row.side for row in measure(table, parse_rule(RATES_RULE)).rows if row.side]
    low, high = (end(sides, key=lambda side: side.rate) for end in (min, max))
    ends = " to ".join(
        f"{format_rate(side.rate)} (95% interval {format_rate(side.low)} to {format_rate(side.high)})"
        for side in (low, high)
    )
    shares = f"the share called {example.counted} ranges over {len(sides)} MobileCLIP models from {ends}"
    return f"Under another list, {shares}."


def show_examples() -> None:
    """Draw every example as a card: chart, finding, source, and its counts to take away."""
    examples = list_examples()
    columns = [st.container() for _ in examples] if is_narrow() else st.columns(len(examples))
    for column, example in zip(columns, examples, strict=True):
        with column.container(
            border=True, height="stretch", vertical_alignment="distribute", key=f"card-{example.key}"
        ):
            _draw(example)


def _draw(example: Example) -> None:
    result = answer_example(example)
    with st.container():
        st.subheader(example.title, anchor=False, help=explain_term("misclassified", "interval"))
        show_chart(example.chart, result, name=f"-{example.key}", card=True)
        st.markdown(f"{describe(result).headline.markdown}.", anchors=False)
        models = say_models(example)
        if models:
            st.markdown(models, anchors=False)
        st.caption(f"[{example.source_name}]({example.link}) {example.source}")
    path = Path(str(resources.files("clipdash") / "examples" / example.table))
    offer_table(f"clipdash-{example.key}-counts", lambda: _read_counts(path), "the counts")


def _read_counts(path: Path) -> Sheet:
    """Return a table of counts as it lies there, its counts as numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    place = head.index("count")
    return Sheet(tuple(head), tuple((*row[:place], int(row[place]), *row[place + 1 :]) for row in rows))
