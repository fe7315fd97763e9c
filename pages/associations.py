"""Associations: to which group's images each of thousands of words has a higher mean cosine."""

from clipdash import ui

ui.show_settings()
choices, finding = ui.split_page()
with choices:
    form = ui.ask_words()
with finding.container():
    result = ui.run_words(form)
    if result:
        ui.show_associations(result)
