"""The front door: `streamlit run app.py`, or any ASGI server on `app:app`."""

from pathlib import Path

import streamlit as st

from clipdash import serve, ui

ui.set_up_logs()
ui.stay_inside()
app = st.App(
    Path(__file__).parent / "clipdash" / "ui" / "frame.py",
    secrets=ui.set_up_sign_in(),
    routes=serve.build_routes(),
    middleware=[serve.build_meter(), serve.build_gate(ui.PAGES)],
    lifespan=serve.build_lifespan(ui.warm_up),
    on_script_error=ui.show_fault,
)
