"""Shift: two lists of labels on the same images, and what moves between them."""

import streamlit as st

from clipdash import ui

ui.show_settings(page="shift")
labels, finding = ui.split_page()
with labels:
    readings = ui.edit_pair()
    ui.offer_registration()
with finding.container():
    result = ui.compare_lists(readings)
    if result:
        ui.show_headline(result)
        ui.show_chart("shift", result)
        ui.show_caption("shift", result)
        ui.show_notes(result)

if result:
    st.header(
        "Where the images went",
        anchor=False,
        help=ui.explain_term("unclaimed", "flagged", "contradicted", "supported"),
    )
    ui.show_key()
    ui.show_chart("outcomes", result)
    ui.show_caption("outcomes", result)

    st.header(
        "Gap between groups",
        anchor=False,
        help=ui.explain_term("gap", "change of the gap", "homogeneity", "interval"),
    )
    words, strip = st.columns([0.5, 0.5], gap="large")
    with words:
        ui.show_gap(result)
    with strip:
        ui.show_chart("gap", result)
        ui.show_caption("gap", result)

    st.header("Which label each image moved to", anchor=False, help=ui.explain_term("flows"))
    ui.show_flows(result)

    st.header("The figures", anchor=False, help=ui.explain_term("shift", "interval", "p Holm", "withheld"))
    ui.show_table(result)
    ui.show_caption("table", result)
    ui.offer_actions(result)
    ui.offer_saving(result)
    ui.show_doubts(result)

if result and result.store:  # files say what an image was called, not what it looks like or is called otherwise
    ui.show_causes(result, readings[0].predictions, readings[1].predictions)
    ui.show_placebos(result)
