"""Sensitivity: one question under every combination of choices that could as well have been made."""

from clipdash import ui

ui.show_settings()
choices, finding = ui.split_page()
with choices:
    form = ui.draw_choices()
with finding.container():
    result = ui.run_choices(form)
    if result:
        ui.show_specifications(result)
