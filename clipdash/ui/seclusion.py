"""What Streamlit would ask of hosts on the internet, and does not ask here."""

from streamlit import net_util

__all__ = ["stay_inside"]


def stay_inside() -> None:
    """Keep Streamlit from looking for this machine's own addresses.

    Where a request names a strange origin, it would ask a host on the internet; at its start too, which the setting
    ``browser.serverAddress`` prevents. An app that is reached under its own address is let through without; others are
    named in ``server.corsAllowedOrigins``.
    """
    net_util.get_external_ip = net_util.get_internal_ip = _find_none


def _find_none() -> None:
    return None
