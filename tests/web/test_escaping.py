"""Whatever the input, responses are well-formed TwiML with only our own words, and no input is logged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import structlog
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from redis import Redis

from hotline.config.given import SettingsError
from hotline.config.settings import Settings
from hotline.log import configure
from hotline.web.app import create_app
from tests.web.twilio_forms import Caller, messages, spoken

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""Characters that our documents never contain: controls, unusual line separators and noncharacters."""

VERBS = {
    *("Response", "Message", "Gather", "Say", "break", "prosody", "Redirect", "Hangup", "Dial", "Number"),
    *("Record",),
}
MARK = "Zqxj"
"""Contained in every hostile text, and in none of ours."""

MARKUP = st.sampled_from(
    [
        *("<Dial>+19005550123</Dial>", "</Message><Message>", "]]>", "<!--", "&#0;", "&amp;", "<?xml?>"),
        *("\x00", "\x0b", "\x1b[31m", "\r\n", "\x85", "\u2028", "\ufffe", "\U0001f469", '"', "'", "\u202e"),
        *("{hotline}", "%s", "${jndi}", "../", "+12025550123"),
    ]
)
STRANGE = st.lists(st.one_of(MARKUP, st.text(max_size=20)), max_size=6).map(
    lambda parts: MARK + "".join(parts)
)
WORDS = st.one_of(
    STRANGE, st.sampled_from(["1", "2", "hi", "help", "stop", "start", "menu", "delete my data", "yes"])
)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Log as a process of the service does, at every level."""
    configure("debug", "web")
    yield
    structlog.reset_defaults()


def checked(document: str) -> None:
    """Check that a document has only our verbs and none of the input."""
    assert not CONTROL.search(document)
    assert MARK not in document
    assert {element.tag for element in ET.fromstring(document).iter()} <= VERBS  # noqa: S314 -- ours


def quiet(capsys: pytest.CaptureFixture[str], *of_the_stranger: str) -> None:
    """Check that the log contains neither the input nor the number, and one entry per line."""
    written = capsys.readouterr()
    assert "" == written.err
    for each in (MARK, *of_the_stranger):
        assert each not in written.out
    assert all(line.startswith("{") and line.endswith("}") for line in written.out.splitlines())


@given(bodies=st.lists(WORDS, min_size=1, max_size=5), city=STRANGE)
@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_get_only_our_words(
    app: Flask,
    settings: Settings,
    redis: Redis,
    capsys: pytest.CaptureFixture[str],
    bodies: list[str],
    city: str,
) -> None:
    """In each state that they lead to."""
    redis.flushall()
    caller = Caller(app.test_client(), settings)
    for body in bodies:
        answer = caller.text(body, FromCity=city, ProfileName=city, OptOutType="" if len(city) % 7 else city)
        assert 200 == answer.status_code
        checked(answer.text)
    quiet(capsys, caller.number[1:])


@given(
    turns=st.lists(
        st.tuples(st.sampled_from(["SpeechResult", "Digits", "DialCallStatus", "RecordingUrl"]), WORDS),
        max_size=5,
    ),
    sid=STRANGE,
)
@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_in_a_call_gets_only_our_words(
    app: Flask,
    settings: Settings,
    redis: Redis,
    capsys: pytest.CaptureFixture[str],
    turns: list[tuple[str, str]],
    sid: str,
) -> None:
    """Speech, keys, the result of a transfer, and a recording's URL."""
    redis.flushall()
    caller = Caller(app.test_client(), settings, call="CA" + uuid4().hex)
    checked(caller.dial(CallerName=sid).text)
    for n, (field, value) in enumerate(turns, 1):
        answer = caller.turn(n, **{field: value}, RecordingSid=sid)
        assert 200 == answer.status_code
        checked(answer.text)
    quiet(capsys, caller.number[1:])


@given(given_to_us=STRANGE)
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_response_or_log_contains_a_hostile_url(
    app: Flask, settings: Settings, capsys: pytest.CaptureFixture[str], given_to_us: str
) -> None:
    """A hostile path, query, language or id is refused or ignored."""
    strange = quote(given_to_us, safe="", errors="replace")
    caller = Caller(app.test_client(), settings)
    to_staff = {"From": settings.sender, "To": settings.staff_number}
    whispered = caller.post(f"/voice/whisper?lang={strange}", {**caller.voice_form(), **to_staff})
    assert 200 == whispered.status_code
    checked(whispered.text)
    for refused in (
        caller.client.post(f"/{strange}"),
        caller.client.get(f"/letters/{strange}"),
        caller.client.get(f"/desk/recording/{strange}"),
        caller.post(f"/voice/turn?n={strange}", caller.voice_form()),
        caller.post(f"/status?followup={strange}", {**caller.voice_form(), "From": settings.sender}),
        caller.text("hi", MessageSid=f"{given_to_us}-"),
    ):
        assert refused.status_code == 303 or 400 <= refused.status_code < 500
        assert MARK not in refused.text + refused.headers.get("Location", "")
    quiet(capsys)


NAMES = [
    "Families & Friends <Hotline>",
    '"Parents\'" Line',
    "]]><Dial>Anna</Dial>",
    "Línea de Padres y Niños",
    "Parents \U0001f49b",
    "100% {hotline} $1 \\n",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_operators_name_is_used_unchanged(name: str, settings: Settings, redis: Redis) -> None:
    """Characters with a special meaning in TwiML are escaped."""
    assert redis.dbsize() == 0
    named = replace(settings, hotline_name=name, center_name=name)
    caller = Caller(create_app(named).test_client(), named)
    to_staff = {"From": named.sender, "To": named.staff_number}
    answers = [
        caller.text("hi"),
        caller.text("HELP"),
        caller.dial(),
        caller.post("/voice/whisper?lang=en", {**caller.voice_form(), **to_staff}),
        caller.client.post("/fallback/sms"),
        caller.client.post("/fallback/voice"),
    ]
    for answer in answers:
        assert not CONTROL.search(answer.text)
        assert {element.tag for element in ET.fromstring(answer.text).iter()} <= VERBS - {"Dial"}  # noqa: S314
        assert name.split()[0] in " ".join(messages(answer)) + spoken(answer)


@pytest.mark.parametrize("name", ["A\x00B", "A\x1b[31mB", "A\nB", "A\u2028B", "A\u202eB", "A\x7fB"])
def test_an_unpronounceable_name_is_refused_at_startup(name: str) -> None:
    """Control characters, line ends, and marks that reverse the writing direction."""
    with pytest.raises(
        SettingsError, match=r"HOTLINE_NAME is .*; it must be one line of at most 60 characters"
    ):
        Settings.read({"HOTLINE_NAME": name})
