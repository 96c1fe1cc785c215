"""Logs contain no number and no words of a parent."""

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from rq.logutils import setup_loghandlers
from twilio.http.http_client import TwilioHttpClient

from hotline import log

NUMBER = "+15105550123"
WORDS = "my son Sam has dyslexia"


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Set up logging for each test, and restore it."""
    root, hooks = logging.root, (sys.excepthook, threading.excepthook)
    before, level = root.handlers[:], root.level
    log.configure("debug", "web")
    yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the logged lines; fail if one has a number or a word."""
    written = capsys.readouterr()
    for secret in (NUMBER, NUMBER[2:], "Sam", "dyslexia"):
        assert secret not in written.out + written.err
    assert written.err == ""
    return [json.loads(line) for line in written.out.splitlines()]


@pytest.mark.parametrize(
    ("form", "on_terminal", "as_json"),
    [("json", True, True), ("text", False, False), ("auto", True, False), ("auto", False, True)],
)
def test_the_format_is_chosen(
    form: str,
    on_terminal: bool,
    as_json: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: on_terminal)
    log.configure("info", "web", form)
    log.log.info("turn_taken", channel="sms", body=WORDS)
    (line,) = capsys.readouterr().out.splitlines()
    assert as_json is line.startswith("{")
    assert "turn_taken" in line
    assert "channel" in line
    assert "dyslexia" not in line


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log.log.info("turn_taken", channel="sms", state="kind_of_help", ms=12.5, status=200)
    (line,) = lines(capsys)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "turn_taken",
        "level": "info",
        "process": "web",
        "channel": "sms",
        "state": "kind_of_help",
        "ms": 12.5,
        "status": 200,
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("body", "menu", id="a key that is not on the list"),
        pytest.param("number", NUMBER, id="a number under its own name"),
        pytest.param("state", NUMBER, id="a number under a good name"),
        pytest.param("code", 15105550123, id="a number as a number"),
        pytest.param("state", "510-555-0123", id="a number with dashes"),
        pytest.param("state", "510_555_0123", id="a number with underscores"),
        pytest.param("path", "/desk/510.555.0123", id="a number in a path"),
        pytest.param("reason", WORDS, id="words under a good name"),
        pytest.param("state", {"name": "Sam"}, id="a table"),
        pytest.param("frames", ["a.py:1", WORDS], id="words in a list"),
        pytest.param("error", ValueError(WORDS), id="an exception as a value"),
        pytest.param("state", "menu\n", id="a value with a line end"),
    ],
)
def test_other_fields_are_dropped(capsys: pytest.CaptureFixture[str], key: str, value: object) -> None:
    log.log.info("turn_taken", **{key: value})
    (line,) = lines(capsys)
    assert key not in line
    assert line["event"] == "turn_taken"
    assert line["dropped"] == 1


@pytest.mark.parametrize("event", [WORDS, NUMBER, "15105550123", f"got {NUMBER}", "Sam"])
def test_an_event_must_be_a_name(capsys: pytest.CaptureFixture[str], event: str) -> None:
    log.log.warning(event)
    (line,) = lines(capsys)
    assert line["event"] == "unnamed"


def test_random_ids_get_through(capsys: pytest.CaptureFixture[str]) -> None:
    """A job's id may hold seven digits in a row by chance."""
    log.log.info("job_done", job="12345678-1234-4123-8123-123456789012")
    (line,) = lines(capsys)
    assert line["job"] == "12345678-1234-4123-8123-123456789012"


def test_an_exception_is_its_class_and_frames(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(body: str) -> None:
        try:
            int(body)
        except ValueError as error:
            raise RuntimeError(f"cannot read {body}") from error

    try:
        fail(f"{WORDS} {NUMBER}")
    except RuntimeError:
        log.log.exception("turn_failed")
    (line,) = lines(capsys)
    assert line["error"] == "RuntimeError"
    assert line["cause"] == "ValueError"
    assert [frame.split(":")[0] for frame in line["frames"]] == ["tests/test_log.py", "tests/test_log.py"]


def test_levels_below_the_chosen_one_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("warning")
    log.log.info("turn_taken")
    log.log.warning("store_busy")
    assert [line["event"] for line in lines(capsys)] == ["store_busy"]


def test_a_librarys_warning_has_only_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("could not send %s to %s", WORDS, NUMBER)
    (line,) = lines(capsys)
    assert line["event"] == "library_message"
    assert line["level"] == "warning"
    assert line["logger"] == "some.library"
    assert line["line"].startswith("tests/test_log.py:")


def test_a_librarys_info_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    chatty = logging.getLogger("chatty")
    chatty.setLevel(logging.DEBUG)
    chatty.info("%s", WORDS)
    chatty.debug("%s", NUMBER)
    assert lines(capsys) == []


def test_existing_handlers_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    early = logging.getLogger("early")
    early.addHandler(logging.StreamHandler(sys.stdout))
    early.propagate = False
    log.configure()
    early.error("%s", WORDS)
    assert [line["logger"] for line in lines(capsys)] == ["early"]


def test_rq_does_not_log_a_jobs_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    setup_loghandlers(level="DEBUG", name="rq.worker")
    logging.getLogger("rq.worker").info("default: send(%r, %r)", NUMBER, WORDS)
    logging.getLogger("rq.worker").error("send(%r) failed", NUMBER)
    assert [line["logger"] for line in lines(capsys)] == ["rq.worker"]


def test_twilios_client_does_not_log_requests(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("twilio.http_client").setLevel(logging.DEBUG)
    TwilioHttpClient().log_request(
        {"method": "POST", "url": f"https://x/{NUMBER}", "params": {"To": NUMBER}, "headers": {"a": WORDS}}
    )
    assert lines(capsys) == []


def test_warnings_and_uncaught_exceptions_are_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(WORDS, stacklevel=1)
        logging.captureWarnings(capture=False)
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=int, args=(NUMBER + "x",))
    thread.start()
    thread.join()
    written = lines(capsys)
    assert [line["event"] for line in written] == ["library_message", "uncaught", "uncaught"]
    assert {line.get("error") for line in written[1:]} == {"ValueError"}


def test_terminals_get_readable_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    log.configure()
    log.log.info("turn_taken", channel="sms", body=WORDS)
    written = capsys.readouterr().out
    assert "level=info event=turn_taken channel=sms dropped=1" in written
    assert "Sam" not in written


def test_file_paths_are_short() -> None:
    assert log._place("/x/lib/site-packages/rq/worker/base.py", 7) == "rq/worker/base.py:7"
    assert log._place(str(Path(log.__file__)), 1) == "hotline/log.py:1"


@pytest.mark.parametrize(("level", "detailed"), [("debug", True), ("info", False)])
def test_whether_details_are_logged_is_known(level: str, detailed: bool) -> None:
    log.configure(level)
    assert detailed == log.is_detailed()
