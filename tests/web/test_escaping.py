"""An operator's name is shown and spoken unchanged, and one that cannot be is refused. Parents' input: tests/web/fuzz."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from redis import Redis

from hotline.config.given import SettingsError
from hotline.config.settings import Settings
from hotline.web.app import create_app
from tests.web.twilio_forms import Caller, messages, spoken

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""Characters that our documents never contain: controls, unusual line separators and noncharacters."""

VERBS = {
    *("Response", "Message", "Gather", "Say", "break", "prosody", "Redirect", "Hangup", "Dial", "Number"),
    *("Record",),
}

NAMES = (
    'Families & Friends <Hotline> | "Parents\'" Line | ]]><Dial>Anna</Dial> | Línea de Padres y Niños | '
    "Parents 💛 | 100% {hotline} $1 \\n"
).split(" | ")


@pytest.mark.parametrize("name", NAMES)
def test_an_operators_name_is_used_unchanged(name: str, settings: Settings, redis: Redis) -> None:
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
    with pytest.raises(
        SettingsError, match=r"HOTLINE_NAME is .*; it must be one line of at most 60 characters"
    ):
        Settings.read({"HOTLINE_NAME": name})
