# ruff: noqa: E501  # the text is broken as in the other documents
"""Write docs/probes.md from the probes themselves: `python scripts/write_probe_docs.py`."""

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from clipdash.probes import Probe, ProbeSet, PublishedTable, list_differences, list_probes, published_rows  # noqa: E402
from clipdash.report import markdown_table  # noqa: E402

PAGE = ROOT / "docs" / "probes.md"
HEAD = """# Probes

<!-- Written by scripts/write_probe_docs.py from clipdash/probes/*.toml: change those, and run it again. -->

A probe is a published experiment as data: its question, its label sets, what was published, what it needs of a store, and what explains a difference. The page Probes and two commands
read and run them:

```console
$ clipdash probes
$ clipdash probe denigration
$ clipdash probe child emoji
```

Without a store a probe shows what was published. With one, every run that the store fits is run, and its figures, with intervals, stand beside the published ones where both speak of the same
groups. Published figures come without group sizes, so without intervals. Where two figures differ, the fixed list of the probe (images, crop, weights, template, wording) says what is not the same;
neither is an error of the other. `--json` gives all of it: `published`, `runs` (each as `clipdash audit` or `clipdash compare` gives it), `not_run` with what is missing, `beside`, `differences`.
[reproduce-fairface.md](reproduce-fairface.md) goes from the public photographs to the tables on FairFace step by step.

Some words here are offensive; published studies offered them to a classifier, and they are here so that anyone can see to whose images one gives them. Annotations are what somebody wrote about an
image, and no statement of who somebody is.
"""
OWN = """
## A probe of one's own

Copy a file of `clipdash/probes/` into a folder, change it, and name the folder in `CLIPDASH_PROBES`: it appears on the page and in `clipdash probes`. Or name the file itself:
`clipdash probe ./mine.toml STORE`. The file's stem is its key. A fault in it is one sentence that names the file, the entry, the key, what was found and what was expected.

```toml
title = "Two words"                      # also: question, attributes, images, build, interpretation, unpublished
question = "Who is called what?"
attributes = "gender"
images = "Mine."
build = "clipdash build mine --images photos --metadata people.csv --encoder ViT-B-32/openai"
interpretation = "How to read it."
unpublished = ["What nobody published."]

[differences]                            # all five, one sentence each
images = "Other photographs."
crop = "The same."
weights = "Other weights."
template = "Another template."
wording = "The same words."

[[published]]                            # any number of tables
title = "Labelled man"
source = "Somebody 2020, table 1"
link = "https://example.org"
unit = "percent"                         # or points, count
groups = ["men", "women"]
group_attribute = "gender"               # the columns in the words of a store, so that own figures stand beside them
group_values = ["man", "woman"]          # a list of several values is pooled; [] has no counterpart
[[published.row]]
name = "labelled man"
values = [90.0, ""]                      # "" where nothing is printed
run = "rates"
figure = "label:man"                     # a rule or an outcome of rates; before, after, shift; accuracy

[[set]]
key = "words"
words = "ours"                           # or published, described
note = "Where the words come from."
preset = "gender"                        # or templates, flagged and [[set.label]] as in a label file

[[run]]
key = "rates"
title = "Two words, by gender"
kind = "rates"
set = "words"
by = ["gender"]
rules = ["label:man", "contradicted"]
where = {kind = "person"}
```

A run fits a store that has its attributes, with the values that its sets claim and its `where` keeps. The kinds:

| kind | what it needs | what it gives |
| :-- | :-- | :-- |
| `rates` | `set`, `by`, `rules`; `threshold` and `score`, or `top_k` | one audit a rule |
| `shift` | `before`, `after`, `by`, `rule` | a comparison of two sets |
| `accuracy` | `set`, `attribute`, `by` | accuracy, recall, precision and confusion by group |
| `linear` | the same, `seed` | a linear probe beside zero-shot on the same held-out images |
| `learning` | the same, `per_class`, `draws`, `seed` | linear probes trained on a few images a class, and how many match zero-shot |
| `gendered` | `set` or a file of labels, `by` with two values, `thresholds`, `most` | how much more often each label is given to one of two groups |
| `options` | a file of options, `templates` | which of its own options each image is given |
| `classes` | `attribute`, `counts`, `draws`, `templates`, `seed` | accuracy against the number of classes |
| `grid` | `before`, `after`, `by`, `templates`, `rule` | the comparison under every template and every variant of the store |
"""


def write_page() -> str:
    """Return the whole document."""
    return HEAD + "".join(_write_probe(probe) for probe in list_probes(own=False)) + OWN


def _write_probe(probe: Probe) -> str:
    parts = [f"\n## {probe.title}\n", f"`clipdash probe {probe.key}`. {probe.question}\n"]
    parts += [_write_table(table) for table in probe.published] or ["No figure was published.\n"]
    parts += _list("Published in words:", probe.reported)
    parts.append(f"{probe.interpretation}\n")
    parts += _list("What explains a difference:", [f"{name}: {said}" for name, said in list_differences(probe)])
    parts += _list("What others found who ran it:", probe.reruns)
    parts += _list("Not published:", probe.unpublished)
    parts += _list("Words:", [_write_set(each) for each in probe.sets])
    parts += _list("Runs:", [f"`{run.key}` ({run.kind}): {run.title}" for run in probe.runs])
    parts.append(
        f"Images: {probe.images}\n\nAttributes needed: {probe.attributes}. A store that has them is built by:\n"
    )
    parts.append(f"```text\n{probe.build}\n```\n")
    return "\n".join(parts)


def _write_set(each: ProbeSet) -> str:
    origin = {"published": "printed in the source named", "described": "ours, for described classes", "ours": "ours"}
    label_set = each.label_set
    prompts = ", ".join(f"`{template}`" for template in label_set.templates)
    return f"`{each.key}`, {origin[each.words]}: {', '.join(label_set.texts)}; in {prompts}. {each.note}"


def _write_table(table: PublishedTable) -> str:
    text = markdown_table(published_rows(table, len(table.rows) < len(table.groups)))
    notes = [table.note, *(f"{row.name}: {row.note}" for row in table.rows)]
    note = " ".join(note for note in notes if not note.endswith(": ") and note)
    return f"{table.title} ([{table.source}]({table.link})){'. ' + note if note else ''}\n\n{text}\n"


def _list(head: str, lines: Sequence[str]) -> list[str]:
    return [head + "\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"] if lines else []


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
