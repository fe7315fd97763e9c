"""Labels: one list of labels, and what every group's images are called under it."""

import streamlit as st

from clipdash import ui

ui.show_settings(page="labels")
labels, finding = ui.split_page()
with labels:
    reading = ui.edit_single()
    ui.link_page("shift", "Compare with a second list")
with finding.container():
    result = ui.rate_list(reading)
    if result:
        ui.show_headline(result)
        ui.show_key()
        ui.show_chart("outcomes", result)
        ui.show_caption("outcomes", result)
        ui.show_notes(result)

if result:
    rates, gap = st.columns([0.6, 0.4], gap="large")
    with rates:
        st.header(
            "Rate of each group",
            anchor=False,
            help=ui.explain_term("misclassified", "unjudged", "interval"),
        )
        ui.show_chart("rates", result)
        ui.show_caption("rate", result)
    with gap:
        st.header(
            "Gap between groups",
            anchor=False,
            help=ui.explain_term("gap", "interval", "withheld"),
        )
        ui.show_gap(result)
        ui.show_chart("gap", result)
        ui.show_caption("gap", result)

    st.header("The figures", anchor=False, help=ui.explain_term("interval", "misclassified", "withheld"))
    ui.show_table(result)
    ui.show_caption("table", result)
    ui.offer_actions(result)
    ui.offer_saving(result)
    ui.show_accuracy(result)
