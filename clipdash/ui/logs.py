"""The application's log, and Streamlit's own lines in it."""

import streamlit.logger

from clipdash import serve

__all__ = ["set_up_logs"]


def set_up_logs() -> None:
    """Set the log up, as `clipdash.serve.set_up_logs`, and have what Streamlit logs go the same way."""
    serve.set_up_logs()
    if serve.is_json():
        # Streamlit gives each logger a printer of its own, also those that it makes later or sets up again.
        streamlit.logger.setup_formatter = serve.take_over
        streamlit.logger.update_formatter()
