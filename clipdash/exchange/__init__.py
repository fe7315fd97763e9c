"""Results of other tools, as files: predictions of any classifier, and published tables of counts.

Both enter the straight line at `clipdash.audit.tabulate`, so everything after it is the same as for a store::

    read_answers(P.csv) -> match_images(people, answers) -> assign_labels(...) -> tabulate(...)
    read_counts(T.csv)  -> Counts.tabulate(...)
"""

from clipdash.exchange.counts import Counts, dump_counts, read_counts, read_rates
from clipdash.exchange.predictions import Answers, assign_labels, match_images, read_answers

__all__ = [
    "Answers",
    "Counts",
    "assign_labels",
    "dump_counts",
    "match_images",
    "read_answers",
    "read_counts",
    "read_rates",
]
