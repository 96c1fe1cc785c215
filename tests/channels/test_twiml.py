"""Every URL given to Twilio says when to retry it, and every <Gather> says when speech ends."""

import re
from pathlib import Path

import pytest

import hotline.channels
from devtools.twilio_sim import twiml, verbs
from hotline.channels import sms, voice, whisper
from hotline.channels.twiml import Asked, gather, with_retries
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.model.events import Ask, Reply, TakeMessage, Tell, Transfer
from hotline.conversation.model.session import Session

STAFF = voice.Staff((("+15105550123", ()),), "+15105550100")
ADDRESS = re.compile(r'(?:action|url|statusCallback)="([^"]+)"|<Redirect[^>]*>([^<]+)<')


def documents(book: Book) -> list[str]:
    asked: list[tuple[Reply, ...]] = [(Ask("kind_of_school"),), (Transfer(),), (TakeMessage(),)]
    return [
        *(voice.render(book, Session(), replies, 3, STAFF) for replies in asked),
        whisper.ask(book, "Line", "en"),
        sms.render(book, Session(), (Tell("hotline.unclear.text"), Ask("kind_of_school"))),
    ]


def test_every_url_in_a_document_says_when_to_retry(book: Book) -> None:
    """Otherwise a 502 from the proxy during a deploy would end a call with Twilio's own error message."""
    found = [one or other for each in documents(book) for one, other in ADDRESS.findall(each)]
    assert len(found) >= 8
    right = {asked.replace("&", "&amp;") for asked in Asked}
    assert set() == {address for address in found if address.partition("#")[2] not in right}


def test_one_function_writes_every_gather() -> None:
    written = [
        path.name
        for path in Path(hotline.channels.__file__).parent.glob("*.py")
        if re.search(r"\bGather\(|\.gather\(", path.read_text(encoding="utf-8"))
    ]
    assert ["twiml.py"] == written


@pytest.mark.parametrize(("speech", "seconds"), [(True, 2), (False, 8)])
def test_speech_ends_after_two_seconds_of_silence(speech: bool, seconds: int) -> None:
    document = f"<Response>{gather('/a', 8, speech=speech)}</Response>".replace(
        '<?xml version="1.0" encoding="UTF-8"?>', ""
    )
    (read,) = twiml.read(document.encode(), "text/xml", "voice")
    assert isinstance(read, verbs.Gather)
    assert (seconds, 8) == (read.speech_timeout, read.timeout)


def test_a_status_is_always_retried_and_a_step_not_after_a_read_timeout() -> None:
    """No one waits for a status, but a caller waits for a step."""
    assert "https://x/status#rc=5&rp=all" == with_retries("https://x/status", Asked.STATUS)
    assert "/voice/turn?n=2#rc=2&rp=ct,5xx" == with_retries("/voice/turn?n=2", Asked.STEP)


def test_a_spoken_answer_is_accepted_within_three_seconds(book: Book) -> None:
    charged: set[int] = set()
    for name, state in book.states.items():
        if isinstance(state, Question):
            for silences in (0, 2):
                document = voice.render(book, Session(state=name, silences=silences), (Ask(name),), 3)
                (gathered, _) = twiml.read(document.encode(), "text/xml", "voice")
                assert isinstance(gathered, verbs.Gather)
                charged.add(gathered.speech_timeout)
    assert max(charged) <= 3
