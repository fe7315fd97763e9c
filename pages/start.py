"""Start: what this is for, a published finding, comparisons to try, and what the demonstration is and is not."""

import streamlit as st

from clipdash import ui

st.title("Change the words offered to an image classifier, and see whose images it files differently", anchor=False)
st.markdown(
    "A zero-shot classifier must choose one of the labels that it is given. Type two lists of labels: clipdash "
    "compares them on the same images, group by group, and says how sure it can be."
)
with st.container(horizontal=True, gap="small", key="start-buttons"):
    ui.link_page("shift", "Write two lists", icon="edit", main=True)
    ui.link_page("labels", "Look at one list", icon="list")
    ui.link_page("audits", "Open a saved audit", icon="folder_open")

st.header("A published finding, and two comparisons to try", anchor=False)
slots = ui.open_cards()

st.header("Real models on real photographs, as counts", anchor=False)
ui.show_examples()

store, limits, own = st.columns(3, gap="medium")
with store:
    st.header("What this store is", anchor=False)
    ui.show_about()
with limits:
    st.header("What it is not", anchor=False)
    st.markdown(
        "Evidence about people, or about any product. Annotations are what someone wrote about an image, not who "
        "someone is; a rate here describes one model, one list of words and these images."
    )
with own:
    st.header("Bring your own images", anchor=False)
    st.markdown(
        "One command builds a store from a folder of images and a table of annotations, with a real CLIP. Nothing "
        "leaves this machine."
    )
    st.code(
        "clipdash build mystore --images photos/ --metadata people.csv --encoder ViT-B-32/openai",
        language=None,
        wrap_lines=True,
    )

ui.fill_cards(slots)
