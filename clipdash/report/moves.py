"""Which label each image moved to, as a table: the flows, those that moved first and the largest of them on top."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipdash.charts import format_count, format_rate
from clipdash.report.sheet import Sheet

if TYPE_CHECKING:
    from clipdash.audit import Flow, Shift

__all__ = ["flow_rows", "flows_sheet", "order_flows"]


def order_flows(result: "Shift") -> tuple["Flow", ...]:
    """Return the flows of a comparison: those that moved, largest first, then those that stayed, largest first."""
    return tuple(sorted(result.flows, key=lambda flow: (flow.before == flow.after, -flow.count)))


def flow_rows(flows: "Sequence[Flow]", n: int) -> list[dict[str, str]]:
    """Return a table of flows out of `n` judged images: From, To, Images, Share."""
    return [
        {
            "From": flow.before,
            "To": "the same" if flow.before == flow.after else flow.after,
            "Images": format_count(flow.count),
            "Share": format_rate(flow.count / n),
        }
        for flow in flows
    ]


def flows_sheet(result: "Shift") -> Sheet:
    """Return every flow, in the order of `order_flows`: before, after, count, n, share."""
    n = sum(flow.count for flow in result.flows)
    rows = [(flow.before, flow.after, flow.count, n, flow.count / n) for flow in order_flows(result)]
    return Sheet(("before", "after", "count", "n", "share"), tuple(rows))
