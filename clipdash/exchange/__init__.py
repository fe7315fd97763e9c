"""Results of other tools, as files: predictions of any classifier, and published tables of counts.

Both enter the straight line at `clipdash.audit.tabulate`, so everything after it is the same as for a store::

    read_matched(M.csv, [P.csv])  -> Matched.tabulate(label_sets, by)
    open_counts(T.csv, 2)         -> CountSheet.tabulate(label_sets, by)
    read_rates(R.csv)             -> Counts.tabulate(by)

A file is a `Path`, or an `Upload` that is held in memory.
"""

from clipdash.exchange.counts import (
    RATES_RULE,
    Counts,
    CountSheet,
    dump_counts,
    open_counts,
    read_counts,
    read_rates,
)
from clipdash.exchange.inputs import list_inputs
from clipdash.exchange.predictions import (
    Answers,
    Matched,
    assign_labels,
    match_images,
    read_answers,
    read_matched,
)

__all__ = [
    "RATES_RULE",
    "Answers",
    "CountSheet",
    "Counts",
    "Matched",
    "assign_labels",
    "dump_counts",
    "list_inputs",
    "match_images",
    "open_counts",
    "read_answers",
    "read_counts",
    "read_matched",
    "read_rates",
]
