"""Audits: what was saved on Shift and Labels: find it, open it again, hold it against today's result."""

import streamlit as st

from clipdash import ui

st.title("Saved audits and label sets", anchor=False)
ui.show_records()
