"""Store: what the chosen one is and holds, whether it is sound, and how to build or import another."""

import streamlit as st

from clipdash import ui

ui.show_settings(halt=False)
ui.show_store_title()
store, builds = st.columns([0.6, 0.4], gap="large")
with store:
    ui.show_store()
with builds:
    ui.show_builds()
    ui.order_build()
    ui.order_import()
