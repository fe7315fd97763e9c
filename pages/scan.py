"""Scan: which one word, added to a list, would move the groups most."""

from clipdash import ui

ui.show_settings()
choices, finding = ui.split_page()
with choices:
    form = ui.draw_scan()
with finding.container():
    result = ui.run_scan(form)
    if result:
        ui.show_scan(result)
