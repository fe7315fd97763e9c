"""Compare: up to eight lists of labels side by side on the same images."""

from clipdash import ui

ui.show_settings()
result = ui.choose_sets()
if result:
    ui.show_several(result)
