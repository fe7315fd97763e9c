"""The script that Streamlit runs. It lies here, since a main script beside `pages/` loses its frame on deep links."""

from clipdash.ui import run_app

run_app()
