"""Streamlit glue: frame, state, address, caches, widgets, faults, look. Pages place what this room offers.

Nothing below this room knows of Streamlit; nothing here computes a figure.
"""

from clipdash.ui.actions import offer_actions
from clipdash.ui.associations import ask_words, run_words, show_associations
from clipdash.ui.audits import show_records
from clipdash.ui.boundary import show_fault
from clipdash.ui.builds import show_builds
from clipdash.ui.cards import warm_up
from clipdash.ui.causes import show_causes
from clipdash.ui.claims import set_up_sign_in
from clipdash.ui.commissions import order_build
from clipdash.ui.documents import explain_term, show_documents
from clipdash.ui.doubts import show_accuracy, show_doubts
from clipdash.ui.drawing import show_chart, show_key
from clipdash.ui.drill import is_drilled
from clipdash.ui.editors import edit_pair, edit_single
from clipdash.ui.examples import show_examples
from clipdash.ui.finding import show_caption, show_gap, show_headline, show_notes, show_table
from clipdash.ui.flows import show_flows
from clipdash.ui.gallery import show_drilled
from clipdash.ui.images import ask_images, look_for, show_found, show_found_table
from clipdash.ui.imports import order_import
from clipdash.ui.logs import set_up_logs
from clipdash.ui.navigation import PAGES, run_app
from clipdash.ui.placebos import show_placebos
from clipdash.ui.probe_results import ask_probe, run_asked_probe, show_probe
from clipdash.ui.probes import is_probe_open, show_probe_cards, show_store_setting
from clipdash.ui.registration import offer_registration
from clipdash.ui.saving import offer_saving
from clipdash.ui.scan import draw_scan, run_scan, show_scan
from clipdash.ui.seclusion import stay_inside
from clipdash.ui.sensitivity import draw_choices, run_choices, show_specifications
from clipdash.ui.settings import show_settings
from clipdash.ui.several import choose_sets, show_several
from clipdash.ui.start import fill_cards, link_page, open_cards, show_about
from clipdash.ui.store import show_store, show_store_title
from clipdash.ui.thresholds import show_sweep, sweep_list
from clipdash.ui.work import compare_lists, rate_list, split_page

__all__ = [
    "PAGES",
    "ask_images",
    "ask_probe",
    "ask_words",
    "choose_sets",
    "compare_lists",
    "draw_choices",
    "draw_scan",
    "edit_pair",
    "edit_single",
    "explain_term",
    "fill_cards",
    "is_drilled",
    "is_probe_open",
    "link_page",
    "look_for",
    "offer_actions",
    "offer_registration",
    "offer_saving",
    "open_cards",
    "order_build",
    "order_import",
    "rate_list",
    "run_app",
    "run_asked_probe",
    "run_choices",
    "run_scan",
    "run_words",
    "set_up_logs",
    "set_up_sign_in",
    "show_about",
    "show_accuracy",
    "show_associations",
    "show_builds",
    "show_caption",
    "show_causes",
    "show_chart",
    "show_documents",
    "show_doubts",
    "show_drilled",
    "show_examples",
    "show_fault",
    "show_flows",
    "show_found",
    "show_found_table",
    "show_gap",
    "show_headline",
    "show_key",
    "show_notes",
    "show_placebos",
    "show_probe",
    "show_probe_cards",
    "show_records",
    "show_scan",
    "show_settings",
    "show_several",
    "show_specifications",
    "show_store",
    "show_store_setting",
    "show_store_title",
    "show_sweep",
    "show_table",
    "split_page",
    "stay_inside",
    "sweep_list",
    "warm_up",
]
