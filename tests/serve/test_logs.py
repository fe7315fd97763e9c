"""The application's log: lines of JSON where asked, without queries and without what exceptions say."""

import json
import logging
import sys
import threading
import warnings
from contextlib import redirect_stderr
from io import StringIO

import pytest
import streamlit.logger

from clipdash import errors, serve, ui
from clipdash.errors import describe_error, record_fault
from clipdash.serve import logs


@pytest.fixture
def as_json(monkeypatch):
    """Set the log up as JSON, return what reads it, and put everything back after."""
    monkeypatch.setenv("CLIPDASH_LOG_FORMAT", "json")
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(streamlit.logger, "setup_formatter", streamlit.logger.setup_formatter)
    for place in (sys, threading):
        monkeypatch.setattr(place, "excepthook", place.excepthook)
    root, said = logging.getLogger(), StringIO()
    kept = {logger: (logger.handlers[:], logger.propagate, logger.filters[:]) for logger in _list_loggers()}
    level, before = root.level, {*root.handlers}
    with redirect_stderr(said):
        ui.set_up_logs()
    yield lambda: [json.loads(line) for line in said.getvalue().splitlines()]
    for handler in {each for each in root.handlers if isinstance(each.formatter, logs._Formatter)} - before:
        root.removeHandler(handler)
    root.level = level
    logging.captureWarnings(False)
    for logger, (own, propagate, filters) in kept.items():
        logger.handlers, logger.propagate, logger.filters = own, propagate, filters


def _list_loggers():
    return [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]


def fail(text="zwetschgenmus"):
    try:
        {}[text]
    except KeyError as error:
        raise ValueError(f"{text} again") from error


def test_every_record_is_a_line_whoever_logs_it(as_json):
    logging.getLogger("alembic.runtime").info("a\nb")
    streamlit.logger.get_logger("streamlit.made.later").warning("by %s", "Streamlit")
    streamlit.logger.update_formatter()
    logging.getLogger("uvicorn.error").info("up", extra={"color_message": "\x1b[1mup"})
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("beware", stacklevel=1)
    found = as_json()
    assert [(line["level"], line["logger"]) for line in found] == [
        ("INFO", "alembic.runtime"),
        ("WARNING", "streamlit.made.later"),
        ("INFO", "uvicorn.error"),
        ("WARNING", "py.warnings"),
    ]
    assert found[0]["message"] == "a\nb"
    assert found[0]["at"].endswith("+00:00")
    assert "color_message" not in found[2]


def test_an_exception_is_logged_without_what_it_says(as_json):
    try:
        fail()
    except ValueError:
        logging.getLogger("streamlit.error_util").exception("Uncaught app execution")
    (line,) = as_json()
    assert "in fail" in line["exc_info"]
    assert line["exc_info"].rstrip().endswith("ValueError (message left out)")
    assert "zwetschgenmus again" not in line["exc_info"]


def test_what_ends_a_thread_is_a_line_too(as_json):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = as_json()
    assert (line["level"], line["logger"]) == ("CRITICAL", "clipdash")


def test_a_query_is_cut_off_in_the_plain_format_too(monkeypatch):
    monkeypatch.delenv("CLIPDASH_LOG_FORMAT", raising=False)
    serve.set_up_logs()
    serve.set_up_logs()
    logger = logging.getLogger("uvicorn.access")
    assert sum(isinstance(known, logs._HideQueries) for known in logger.filters) == 1
    asked = ("10.0.0.7:1", "GET", "/shift?before=zwetschgenmus", "1.1", 200)
    record = logger.makeRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', asked, None)
    assert logger.filter(record)
    assert record.getMessage() == '10.0.0.7:1 - "GET /shift HTTP/1.1" 200'


def test_a_bug_is_one_line_with_its_reference_and_without_its_message(as_json, log_folder):
    try:
        fail()
    except ValueError as error:
        fault = record_fault(error)
    (line,) = as_json()
    assert (line["logger"], line["reference"], line["error"]) == ("clipdash.faults", fault.reference, "ValueError")
    assert line["place"].endswith("in fail")
    assert "zwetschgenmus" not in json.dumps(line)
    assert "zwetschgenmus again" in (log_folder / "faults.log").read_text()


def test_messages_are_left_out_of_the_log_of_faults_where_asked(monkeypatch, log_folder):
    monkeypatch.setenv("CLIPDASH_FAULT_MESSAGES", "off")
    try:
        fail("".join(["zwetschgen", "mus"]))
    except ValueError as error:
        record_fault(error)
    text = (log_folder / "faults.log").read_text()
    assert "KeyError (message left out)\nwhich led to" in text
    assert "zwetschgenmus" not in text.replace('text="zwetschgenmus"', "")
    assert (log_folder / "faults.log").stat().st_mode & 0o777 == 0o600


def test_an_endless_chain_of_exceptions_ends():
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert describe_error(first).count("message left out") == 10


def test_where_no_file_can_be_written_the_traceback_goes_to_standard_error(tmp_path, monkeypatch, capsys):
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CLIPDASH_LOGS", str(tmp_path / "a file"))
    monkeypatch.setattr(errors, "gettempdir", lambda: str(tmp_path / "a file"))
    fault = record_fault(KeyError("a bug"))
    assert fault.path is None
    assert "standard error" in str(fault)
    said = capsys.readouterr().err
    assert fault.reference in said
    assert "KeyError: 'a bug'" in said
