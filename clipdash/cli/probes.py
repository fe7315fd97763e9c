"""The commands that list the probes, and that show or run one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from clipdash.cli.options import AsJson, Variant
from clipdash.cli.printing import print_data, print_json, print_rows, show_progress
from clipdash.cli.reading import keep_encoder
from clipdash.errors import QueryError

__all__ = ["PROBES"]


def probes(as_json: AsJson = False) -> None:
    """List the published experiments that can be run on any store."""
    from clipdash.probes import list_probes, summary_json

    listed = list_probes()
    if as_json:
        print_json({"probes": [summary_json(each) for each in listed]})
        return
    print_rows(("probe", "question", "needs"), [(each.key, each.question, each.attributes) for each in listed])


def probe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Key of a probe, or the path of a TOML file.")],
    store: Annotated[
        str | None, typer.Argument(metavar="[STORE]", help="Run it on this store; without, what was published.")
    ] = None,
    options: Annotated[
        Path | None,
        typer.Option("--options", metavar="options.csv", help="image_id, option, role (truth, close, other)."),
    ] = None,
    label_file: Annotated[
        Path | None, typer.Option("--label-file", metavar="F", help="Labels: a TOML set, or text with one a line.")
    ] = None,
    template_file: Annotated[
        Path | None, typer.Option("--template-file", metavar="F", help="Prompt templates: text with one a line.")
    ] = None,
    variant: Variant = None,
    as_json: AsJson = False,
) -> None:
    """Show what a published experiment found, and run it on a store."""
    from clipdash.probes import probe_json, read_probe

    asked = read_probe(name)
    given = {"options": options, "label_file": label_file, "template_file": template_file}
    _check_files(asked, store, given)
    result = None if store is None else _run(asked, store, variant, given)
    if as_json:
        print_data(lambda command: probe_json(asked, result, command=command), [], [], True)
        return
    _print_published(asked)
    if result is not None:
        _print_result(result)
    _print_closing(asked, run=result is not None)


def _check_files(asked: Any, store: str | None, given: Mapping[str, Path | None]) -> None:
    """Refuse a file that no run of the probe reads: it would be left aside in silence."""
    used = {"options": {"options"}, "labels": {"label_file"}, "grid": {"template_file"}}
    read = {name for run in asked.runs for kind in (run.file, run.kind) for name in used.get(kind, ())}
    for name in (name for name, path in given.items() if path is not None):
        option = f"--{name.replace('_', '-')}"
        if name not in read:
            raise QueryError(f'No run of the probe "{asked.key}" reads the file of {option}; leave it out.')
        if store is None:
            raise QueryError(f"{option} is read when the probe is run: name a store, as in: probe {asked.key} emoji")


#: Name of each command, and what runs it.
PROBES: Mapping[str, Callable[..., None]] = {"probes": probes, "probe": probe}


def _run(asked: Any, store: str, variant: str | None, given: Mapping[str, Path | None]) -> Any:
    from clipdash.probes import check_result, read_label_file, read_template_file, run_probe
    from clipdash.records import record_seen
    from clipdash.store import open_store

    opened, labels, templates = open_store(store), given["label_file"], given["template_file"]
    with show_progress(asked.title) as advance:
        result = run_probe(
            asked,
            opened,
            variant=variant,
            options=given["options"],
            labels=None if labels is None else read_label_file(labels),
            templates=() if templates is None else read_template_file(templates),
            read=keep_encoder,
            progress=lambda done, total, _: advance(done, total),
        )
    check_result(result, opened.manifest)
    record_seen(opened.digest, [each.label_set.digest for each in asked.sets])
    return result


def _print_table(title: str, rows: Sequence[Mapping[str, str]]) -> None:
    print(f"\n{title}")
    if rows:
        print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"\n{title}")
        print("\n".join(f"- {line}" for line in lines))


def _print_published(asked: Any) -> None:
    from clipdash.probes import published_rows

    print(f"{asked.title}\n{asked.question}")
    for table in asked.published:
        _print_table(f"Published: {table.title} ({table.source}; {table.link})", published_rows(table))
    _print_list("Published in words", asked.reported)


def _print_result(result: Any) -> None:
    from clipdash.probes import HOW, beside_rows, compare_published

    figures = compare_published(result)
    if figures:
        _print_table("Published, and computed here", beside_rows(figures))
    for each in result.runs:
        if each.result is not None:
            how = HOW[each.run.kind]
            _print_table(f"Computed here: {each.run.title}", how.rows(each.result))
            print("\n".join([*([each.run.note] if each.run.note else []), *how.say(each.result)]))
    rest = [each for each in result.runs if each.result is None]
    _print_list(
        "Not run here", [f"{each.run.title}: {each.fault or 'needs ' + '; '.join(each.missing)}" for each in rest]
    )
    if any(each.missing for each in rest):
        print(f"A store for the rest is built by: {result.probe.build}")


def _print_closing(asked: Any, run: bool) -> None:
    from clipdash.probes import list_differences

    print(f"\n{asked.interpretation}")
    _print_list("What explains a difference", [f"{name}: {said}" for name, said in list_differences(asked)])
    _print_list("Known runs by others", asked.reruns)
    _print_list("Not published", asked.unpublished)
    print(f"\nImages: {asked.images}\nNeeds: {asked.attributes}")
    if not run:
        print(f"A store that fits: {asked.build}\nThen: clipdash probe {asked.key} STORE")
