"""Thresholds: the rate of each group where a label counts from some score on, or among the best few."""

from clipdash import ui

ui.show_settings()
labels, finding = ui.split_page()
with labels:
    reading = ui.edit_single("thresholds")
    ui.link_page("labels", "The best label alone")
with finding.container():
    result = ui.sweep_list(reading)
    if result:
        ui.show_sweep(result)
