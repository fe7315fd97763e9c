"""Probes: published experiments with what they found, each to be run on any store that has what it needs."""

from clipdash import ui

ui.show_store_setting()
if ui.is_probe_open():
    choices, finding = ui.split_page()
    with choices:
        form = ui.ask_probe()
    with finding.container():
        ui.show_probe(ui.run_asked_probe(form))
else:
    ui.show_probe_cards()
