"""The main job on the embedded store, with words that stand nowhere else: typed, compared, saved, reported; then a bug.

Prints how far it came; what is logged goes where the environment says.
"""

import os
import sys
from pathlib import Path

from prometheus_client import generate_latest
from streamlit.testing.v1 import AppTest

from clipdash import ui
from clipdash.errors import record_fault
from clipdash.records import delete_audit, list_audits, list_labels
from clipdash.report import to_html
from clipdash.serve import metrics

ROOT = Path(__file__).parents[2]
WORDS = ("zwetschgenmus", "kuddelmuddel", "sonntagskind")


def run():
    ui.set_up_logs()
    ui.stay_inside()
    shown, offer = [], ui.offer_actions
    ui.offer_actions = lambda result: shown.append(result) or offer(result)
    app = AppTest.from_file(str(ROOT / "clipdash/ui/frame.py"), default_timeout=120).run()
    app.switch_page(str(ROOT / "pages/shift.py")).run()
    app.text_area[0].set_value("man\nwoman")
    app.text_area[1].set_value(f"man\nwoman\n{WORDS[0]}\n{WORDS[1]}").run()
    assert not app.exception, app.exception
    assert WORDS[0] in shown[-1].after.texts, shown[-1].after.texts
    app.text_area(key=next(area.key for area in app.text_area if "save-notes" in str(area.key))).set_value(WORDS[2])
    app.button(key="do-save-audit").click().run()
    app.button(key="do-save-after").click().run()
    assert not app.exception, app.exception
    assert (len(list_audits()), len(list_labels())) == (1, 1)
    assert WORDS[0] in to_html(shown[-1])
    delete_audit(list_audits()[0].id)
    record_fault(KeyError(WORDS[0]))
    Path(os.environ["METRICS"]).write_bytes(generate_latest(metrics.REGISTRY))
    print("done")


if __name__ == "__main__":
    sys.exit(run())
