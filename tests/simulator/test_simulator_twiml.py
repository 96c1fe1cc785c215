"""The simulator refuses the TwiML that Twilio would refuse."""

from __future__ import annotations

import pytest

from hotline.simulator import verbs
from hotline.simulator.grammar import Channel
from hotline.simulator.twiml import TwimlError, read

SAY = "<Response><Say>{}</Say></Response>"


def voice(inside: str) -> tuple[verbs.Verb, ...]:
    return read(f"<Response>{inside}</Response>".encode(), "text/xml; charset=utf-8", "voice")


REFUSED = {
    "leading blank": (b" <Response/>", "voice", 12100),
    "byte order mark": (b"\xef\xbb\xbf<Response/>", "voice", 12100),
    "control character": (b"<Response><Say>a\x0bb</Say></Response>", "voice", 12100),
    "bare ampersand": (b"<Response><Say>Q & A</Say></Response>", "voice", 12100),
    "nothing": (b"", "sms", 12100),
    "document type": (b'<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "voice", 12100),
    "other root": (b"<response/>", "voice", 12102),
    "over 64 kB": (SAY.format(" " * 65_536).encode(), "voice", 11750),
    "unknown verb": (b"<Response><Sing/></Response>", "voice", 12200),
    "voice verb in a text": (b"<Response><Say>Hi</Say></Response>", "sms", 12200),
    "text verb in a call": (b"<Response><Message>Hi</Message></Response>", "voice", 12200),
    "unknown attribute": (b'<Response><Say speed="2">Hi</Say></Response>', "voice", 12200),
    "gather in gather": (b"<Response><Gather><Gather/></Gather></Response>", "voice", 12200),
    "redirect in gather": (b"<Response><Gather><Redirect>/a</Redirect></Gather></Response>", "voice", 12200),
    "words outside a verb": (b"<Response>Hi</Response>", "sms", 12200),
    "say over 4096": (SAY.format("a" * 4097).encode(), "voice", 13520),
    "empty say": (SAY.format(" ").encode(), "voice", 13520),
    "message over 1600": (f"<Response><Message>{'a' * 1601}</Message></Response>".encode(), "sms", 21617),
    "empty message": (b"<Response><Message> </Message></Response>", "sms", 14103),
    "11 messages": (f"<Response>{'<Message>a</Message>' * 11}</Response>".encode(), "sms", 14109),
    "input": (b'<Response><Gather input="voice"/></Response>', "voice", 12200),
    "numDigits 0": (b'<Response><Gather numDigits="0"/></Response>', "voice", 12200),
    "finishOnKey": (b'<Response><Gather finishOnKey="##"/></Response>', "voice", 12200),
    "action by GET": (b'<Response><Gather method="GET"/></Response>', "voice", 12200),
    "dial nobody": (b"<Response><Dial/></Response>", "voice", 12200),
    "dial a word": (b"<Response><Dial>home</Dial></Response>", "voice", 13224),
    "late reject": (b"<Response><Say>Hi</Say><Reject/></Response>", "voice", 12200),
    "endless loop": (b'<Response><Say loop="0">Hi</Say></Response>', "voice", 12200),
    "empty redirect": (b"<Response><Redirect/></Response>", "voice", 12200),
    "long break": (SAY.format('a<break time="11s"/>').encode(), "voice", 13520),
    "unknown ssml": (SAY.format("<loud>a</loud>").encode(), "voice", 12200),
}


@pytest.mark.parametrize(("document", "channel", "code"), REFUSED.values(), ids=REFUSED)
def test_what_twilio_refuses_is_refused_with_its_code(document: bytes, channel: Channel, code: int) -> None:
    """A mistake in TwiML is found here, not on a parent's phone."""
    with pytest.raises(TwimlError) as refused:
        read(document, "text/xml", channel)
    assert code == refused.value.code


@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=utf-8", ""])
def test_an_answer_that_is_not_xml_is_refused(content_type: str) -> None:
    """Twilio reads text/plain aloud: a stack trace would be spoken."""
    with pytest.raises(TwimlError) as refused:
        read(b"<Response/>", content_type, "voice")
    assert refused.value.code == 12300


VOICES = {
    "polly of its language": ("Polly.Lupe-Neural", "es-US", True),
    "polly of another language": ("Polly.Lupe-Neural", "en-US", False),
    "english polly in spanish": ("Polly.Joanna-Neural", "es-US", False),
    "polly of another country": ("Polly.Mia-Neural", "es-US", False),
    "no such voice": ("Polly.Nobody", "en-US", False),
    "no such engine": ("Polly.Penelope-Neural", "es-US", False),
    "google of its language": ("Google.es-US-Chirp3-HD-Aoede", "es-US", True),
    "google of another language": ("Google.es-US-Chirp3-HD-Aoede", "en-US", False),
    "basic": ("woman", "en-GB", True),
    "basic in a language it lacks": ("woman", "vi-VN", False),
}


@pytest.mark.parametrize(("name", "language", "speaks"), VOICES.values(), ids=VOICES)
def test_a_voice_must_speak_the_language(name: str, language: str, speaks: bool) -> None:
    """A pair that does not match fails at Twilio, in the middle of a call."""
    say = f'<Say voice="{name}" language="{language}">Hola</Say>'
    if speaks:
        assert (verbs.Say("Hola", language, name),) == voice(say)
    else:
        with pytest.raises(TwimlError, match="<Say>: "):
            voice(say)


def test_a_voice_alone_decides_the_language() -> None:
    """A Polly voice needs no language attribute."""
    assert (verbs.Say("Hola", "es-US", "Polly.Lupe"),) == voice('<Say voice="Polly.Lupe">Hola</Say>')


def test_ssml_is_heard_as_plain_words_and_its_breaks_are_known() -> None:
    """An alias is heard in the place of what it stands for; pauses are kept in milliseconds."""
    say = (
        '<Say>Ask<break time="500ms"/>for an <sub alias="I E P">IEP</sub>, a '
        '<say-as interpret-as="digits">504</say-as>'
        '<p>or <emphasis>both</emphasis></p><break strength="x-strong"/><break time="1.5s"/>'
        '<lang xml:lang="es-US">gracias</lang></Say>'
    )
    (said,) = voice(say)
    assert verbs.Say("Ask for an I E P, a 504 or both gracias", "en-US", "", (500, 1000, 1500)) == said


def test_a_gather_is_read_whole() -> None:
    """Defaults are Twilio's: any number of digits, # to finish, 5 seconds."""
    (plain,) = voice("<Gather/>")
    (full,) = voice(
        '<Gather input="dtmf speech" numDigits="1" finishOnKey="" action="/t?n=1" timeout="10" '
        'hints="yes, no" language="es-US" actionOnEmptyResult="true">'
        '<Say>Hi</Say><Pause length="2"/><Play>/a.wav</Play></Gather>'
    )
    assert verbs.Gather((), frozenset({"dtmf"}), "", 0, "#", 5, (), "en-US", False) == plain
    assert (
        verbs.Gather(
            (verbs.Say("Hi", "en-US", ""), verbs.Pause(2), verbs.Play("/a.wav")),
            frozenset({"dtmf", "speech"}),
            "/t?n=1",
            1,
            "",
            10,
            ("yes", "no"),
            "es-US",
            True,
        )
        == full
    )


def test_a_message_may_hold_its_words_in_a_body() -> None:
    """<Message>words</Message> and <Message><Body>words</Body></Message> are the same."""
    document = b"<Response><Message>a</Message><Message><Body>b</Body><Media>http://x/y.jpg</Media></Message></Response>"
    assert (verbs.Message("a"), verbs.Message("b", ("http://x/y.jpg",))) == read(
        document, "application/xml", "sms"
    )
