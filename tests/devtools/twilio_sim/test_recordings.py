"""Voicemails are stored as Twilio does, through its own client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from devtools.twilio_sim import Call, Carrier, Phone, Serving
from devtools.twilio_sim.phone import Control
from tests.devtools.twilio_sim.application import PARENT, SID, TOKEN, Application

WORDS = "Please call me about an evaluation"


@pytest.fixture(autouse=True)
def voicemail(application: Application) -> None:
    """Record every caller."""
    application.says("/voice", '<Record action="/left" maxLength="3" finishOnKey="#"/>')
    for path in ("/left", "/voice/ended"):
        application.says(path, "")


def left(phone: Phone, words: str = WORDS) -> str:
    call = phone.call()
    call.record(words)
    return call.sid


def test_a_voicemail_is_listed_and_deleted(client: Client, phone: Phone, carrier: Carrier) -> None:
    call = left(phone)
    (listed,) = client.recordings.list()
    assert (listed.call_sid, listed.account_sid, listed.duration, listed.status, listed.source) == (
        call, SID, "2", "completed", "RecordVerb",
    )  # fmt: skip
    assert listed.channels == 1
    assert listed.price is None
    assert abs(datetime.now(UTC) - listed.date_created) < timedelta(seconds=10)
    assert [(listed.sid, WORDS, PARENT)] == [(r.sid, r.words, r.from_) for r in carrier.recordings.all()]
    assert client.recordings(listed.sid).delete()
    assert client.recordings.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.recordings(listed.sid).delete()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert [("", True)] == [(r.words, r.deleted) for r in carrier.recordings.all()]


def test_recordings_are_filtered_by_call_and_day(client: Client, phone: Phone) -> None:
    calls = [left(phone, f"message {at}") for at in range(3)]
    now = datetime.now(UTC)
    assert calls[::-1] == [each.call_sid for each in client.recordings.list(page_size=2)]
    assert [calls[1]] == [each.call_sid for each in client.recordings.list(call_sid=calls[1])]
    assert client.recordings.list(call_sid="CA" + "0" * 32) == []
    assert len(client.recordings.list(date_created=now)) == 3
    assert client.recordings.list(date_created=now - timedelta(days=2)) == []
    assert len(client.recordings.list(date_created_after=now - timedelta(minutes=5))) == 3
    assert client.recordings.list(date_created_before=now - timedelta(minutes=5)) == []


def test_an_unsupported_filter_is_refused(client: Client, serving: Serving) -> None:
    """Ignored, it would list everything."""
    address = f"{serving.url}/2010-04-01/Accounts/{SID}"
    for name in ("Recordings", "Messages", "Calls"):
        answer = requests.get(f"{address}/{name}.json?Owner=me", auth=(SID, TOKEN), timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert client.recordings.list() == []


def test_a_recording_is_an_mp3_of_its_length(client: Client, phone: Phone, serving: Serving) -> None:
    left(phone)
    (sid,) = (each.sid for each in client.recordings.list())
    address = f"{serving.url}/2010-04-01/Accounts/{SID}/Recordings/{sid}.mp3"
    assert requests.get(address, timeout=5).status_code == 401
    answer = requests.get(address, auth=(SID, TOKEN), timeout=5)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    frames = answer.content.split(b"\xff\xfb\x10\xc4")[1:]
    assert round(len(frames) * 1152 / 44_100) == 2
    assert {len(frame) for frame in frames} == {100}, "144 * 32000 / 44100 bytes each, 4 of them the head"
    client.recordings(sid).delete()
    assert requests.get(address, auth=(SID, TOKEN), timeout=5).status_code == 404


def test_a_recording_is_cut_at_its_maximum(client: Client, phone: Phone) -> None:
    left(phone, "word " * 50)
    assert ["3"] == [each.duration for each in client.recordings.list()]


SILENT: dict[str, Callable[[Call], object]] = {
    "silence": lambda call: call.wait(),
    "only the finishing key": lambda call: call.press("#"),
    "a hang-up": lambda call: call.hang_up(),
}


@pytest.mark.parametrize("move", SILENT.values(), ids=SILENT)
def test_silence_is_not_recorded(phone: Phone, carrier: Carrier, move: Callable[[Call], object]) -> None:
    move(phone.call())
    assert [] == carrier.recordings.all()


def test_a_finished_call_is_deleted_without_recording(client: Client, phone: Phone, serving: Serving) -> None:
    call = left(phone)
    assert client.calls(call).delete()
    assert client.calls.list() == []
    for again in (client.calls(call).fetch, client.calls(call).delete):
        with pytest.raises(TwilioRestException) as refused:
            again()
        assert (refused.value.status, refused.value.code) == (404, 20404)
    assert len(client.recordings.list()) == 1
    assert [(call, True)] == [(row["sid"], row["deleted"]) for row in Control(serving.url).get("calls")]


def test_a_call_in_progress_cannot_be_deleted(client: Client, phone: Phone) -> None:
    call = phone.call()
    with pytest.raises(TwilioRestException) as refused:
        client.calls(call.sid).delete()
    assert (refused.value.status, refused.value.code) == (409, 20009)
    assert client.calls(call.sid).fetch().status == "in-progress"


def test_the_words_can_be_read_by_tests(client: Client, phone: Phone, serving: Serving) -> None:
    call, control = left(phone), Control(serving.url)
    (row,) = control.get("recordings")
    assert (row["call_sid"], row["from_"], row["words"], row["seconds"]) == (call, PARENT, WORDS, 2)
    assert [row["sid"]] == [each.sid for each in client.recordings.list()]
    control.post("reset")
    assert control.get("recordings") == []
