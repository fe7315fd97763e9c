"""The flows of a comparison, of all images or of one group: as a chart, and as a table that opens their images."""

from collections.abc import Mapping

import streamlit as st

from clipdash.audit import Shift, focus_flows
from clipdash.charts import format_group
from clipdash.report import Drill, flow_rows, flows_sheet, markdown_table, order_flows
from clipdash.report.drill import write_drill
from clipdash.report.words import say_flows
from clipdash.ui.drawing import show_chart
from clipdash.ui.drill import link_images
from clipdash.ui.memory import remember
from clipdash.ui.navigation import page_path
from clipdash.ui.state import get_address
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow

__all__ = ["show_flows"]

_ALL, _MOST = "all images", 10


def show_flows(result: Shift) -> None:
    """Draw which label each image moved to, of all images or of one group, and what can be done with it."""
    groups = {format_group(row.group): row.group for row in result.rows if not row.withheld}
    chosen = st.selectbox(
        "Flows of",
        [_ALL, *groups],
        format_func=lambda option: f"Of {option}",
        key="flows-of",
        label_visibility="collapsed",
        width=260,
    )
    group = {} if chosen == _ALL else groups[chosen]
    shown = remember(result, f"flows {chosen}", lambda: focus_flows(result, group)) if group else result
    chart, table = st.columns([0.55, 0.45], gap="large")
    with chart:
        show_chart("flows", shown)
        st.caption(say_flows(shown).markdown)
    with table:
        _show_table(shown, group)


def _show_table(result: Shift, group: Mapping[str, str]) -> None:
    flows = order_flows(result)
    if not flows:
        return
    shown = flows[:_MOST]
    whole = Drill(of="shift", group=group)
    drills = [{"Images": whole.change_to(before=flow.before, after=flow.after)} for flow in shown]
    links = link_images(drills) if result.store is not None else []
    rows = flow_rows(shown, sum(flow.count for flow in flows))
    if is_narrow():
        rows = [{name: cell for name, cell in row.items() if name != "Share"} for row in rows]
    with st.container(key="table-flows"):
        st.markdown(markdown_table(rows, "llrr"[: len(rows[0])], links), anchors=False)
    left = len(flows) - len(shown)
    rest = f" {left:,} more flow{'s' * (left > 1)} in the files." if left else ""
    opens = " A number opens its images." if links else ""
    st.caption(f"Those that moved first.{opens}{rest}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="flow-actions"):
        if links and any(flow.before != flow.after for flow in flows):
            _link_moved(whole.change_to(change="moved"))
        offer_table("clipdash-flows", lambda: flows_sheet(result))


def _link_moved(drill: Drill) -> None:
    with st.container(key="link-moved", width="content"):
        st.page_link(
            page_path("images"),
            label="See the images that moved",
            icon=":material/photo_library:",
            query_params=get_address() | write_drill(drill),
        )
