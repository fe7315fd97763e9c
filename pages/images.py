"""Images: those behind a figure, or those nearest to a text, to a picture, or to one another."""

from clipdash import ui

ui.show_settings()
if ui.is_drilled():
    ui.show_drilled()
else:
    asking, finding = ui.split_page()
    with asking:
        sought = ui.ask_images()
    with finding.container():
        found = ui.look_for(sought)
        if found:
            ui.show_found(found)
    if found:
        ui.show_found_table(found)
