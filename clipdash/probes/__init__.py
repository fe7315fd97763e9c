"""Probes: published experiments as data, with what was published, and run on any store that has what they need.

A probe is one TOML file: ``clipdash/probes/KEY.toml``, or a file of one's own::

    list_probes() / read_probe(key)      -> Probe
    find_fits(probe, manifest)           -> Fit          what a store lacks for each run
    run_probe(probe, store)              -> ProbeResult  every run that fits, and why the others do not
    compare_published(result)            -> Beside       each published figure with the one computed here

Two of its kinds of runs learn, and stand here since they need scikit-learn::

    gather_sample(store, attribute, by)  -> Sample
    fit_probe(sample)                    -> LinearProbe    a linear probe beside zero-shot on held-out images
    learn_curve(sample)                  -> LearningCurve  the same from 1, 2, 4, ... images a class
"""

from clipdash.probes.fit import Fit, find_fits, say_missing
from clipdash.probes.given import read_label_file, read_template_file
from clipdash.probes.kinds import HOW, Kind
from clipdash.probes.learning import learn_curve
from clipdash.probes.linear import fit_probe
from clipdash.probes.own import Drawing, Own
from clipdash.probes.probe import Probe, parse_probe
from clipdash.probes.running import ProbeResult, RunResult, check_result, list_missing, run_probe
from clipdash.probes.runs import Run
from clipdash.probes.sample import Sample, gather_sample
from clipdash.probes.schema import Differences, ProbeSet, PublishedRow, PublishedTable
from clipdash.probes.shelf import list_probes, read_probe
from clipdash.probes.split import hold_out
from clipdash.probes.writing import (
    Beside,
    beside_rows,
    beside_sheet,
    chart_rows,
    compare_published,
    format_published,
    list_differences,
    probe_json,
    published_rows,
    published_sheet,
    summary_json,
)

__all__ = [
    "HOW",
    "Beside",
    "Differences",
    "Drawing",
    "Fit",
    "Kind",
    "Own",
    "Probe",
    "ProbeResult",
    "ProbeSet",
    "PublishedRow",
    "PublishedTable",
    "Run",
    "RunResult",
    "Sample",
    "beside_rows",
    "beside_sheet",
    "chart_rows",
    "check_result",
    "compare_published",
    "find_fits",
    "fit_probe",
    "format_published",
    "gather_sample",
    "hold_out",
    "learn_curve",
    "list_differences",
    "list_missing",
    "list_probes",
    "parse_probe",
    "probe_json",
    "published_rows",
    "published_sheet",
    "read_label_file",
    "read_probe",
    "read_template_file",
    "run_probe",
    "say_missing",
    "summary_json",
]
