"""TwiML that Twilio would refuse is refused."""

import pytest

from devtools.twilio_sim import verbs
from devtools.twilio_sim.grammar import Channel
from devtools.twilio_sim.twiml import TwimlError, read

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
    "empty redirect": (b"<Response><Redirect/></Response>", "voice", 12200),
    "long break": (SAY.format('a<break time="11s"/>').encode(), "voice", 13520),
    "unknown verb in a gather": (b"<Response><Gather><Pause/></Gather></Response>", "voice", 12200),
    "unknown ssml": (SAY.format("<loud>a</loud>").encode(), "voice", 12200),
    "address with a blank": (b'<Response><Gather action="/a b"/></Response>', "voice", 12200),
}


@pytest.mark.parametrize(("document", "channel", "code"), REFUSED.values(), ids=REFUSED)
def test_invalid_twiml_is_refused_with_twilios_code(document: bytes, channel: Channel, code: int) -> None:
    with pytest.raises(TwimlError) as refused:
        read(document, "text/xml", channel)
    assert code == refused.value.code


ATTRIBUTES = {
    "gather, input": ("<Gather {}/>", 'input="voice"', 'input="dtmf speech"', 12200),
    "gather, timeout": ("<Gather {}/>", 'timeout="0"', 'timeout="10"', 12200),
    "gather, numDigits": ("<Gather {}/>", 'numDigits="many"', 'numDigits="10"', 12200),
    "gather, actionOnEmptyResult": (
        "<Gather {}/>", 'actionOnEmptyResult="yes"', 'actionOnEmptyResult="true"', 12200,
    ),
    "gather, speechTimeout": ("<Gather {}/>", 'speechTimeout="auto"', 'speechTimeout="2"', 13327),
    "gather, language": ("<Gather {}/>", 'language="Spanish"', 'language="es-US"', 12200),
    "gather, long hint": ("<Gather {}/>", f'hints="{"a" * 101}"', f'hints="{"a" * 100}"', 12200),
    "gather, many hints": ("<Gather {}/>", f'hints="{"a," * 501}"', f'hints="{"a," * 500}"', 12200),
    "record, maxLength": ("<Record {}/>", 'maxLength="0"', 'maxLength="120"', 12200),
    "record, timeout": ("<Record {}/>", 'timeout="-1"', 'timeout="10"', 12200),
    "record, finishOnKey": ("<Record {}/>", 'finishOnKey=""', 'finishOnKey="*#"', 12200),
    "record, playBeep": ("<Record {}/>", 'playBeep="1"', 'playBeep="false"', 12200),
    "dial, timeout": ("<Dial {}>+16175550177</Dial>", 'timeout="soon"', 'timeout="20"', 12200),
    "dial, callerId": ("<Dial {}>+16175550177</Dial>", 'callerId="us"', 'callerId="+16175550100"', 13214),
    "dial, status callback": ("<Dial {}>+16175550177</Dial>", 'statusCallback="/s"', "", 12200),
    "number, events": (
        "<Dial><Number {}>+16175550177</Number></Dial>",
        'statusCallbackEvent="busy"',
        'statusCallbackEvent="initiated ringing answered completed"',
        12200,
    ),
    "number, method": ("<Dial><Number {}>+16175550177</Number></Dial>", 'method="GET"', 'url="/w"', 12200),
}  # fmt: skip
"""A document, an attribute that Twilio would refuse or ignore in it, and one that it would take."""


@pytest.mark.parametrize(("document", "wrong", "right", "code"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_an_attribute_takes_only_documented_values(document: str, wrong: str, right: str, code: int) -> None:
    """Twilio warns and uses a default; here it is an error."""
    with pytest.raises(TwimlError) as refused:
        voice(document.format(wrong))
    assert code == refused.value.code
    assert len(voice(document.format(right))) == 1


LIMITS = {
    "4096 characters said": (SAY.format("á" * 4096), "voice"),
    "1600 characters texted": (f"<Response><Message>{'á' * 1600}</Message></Response>", "sms"),
    "10 messages": (f"<Response>{'<Message>a</Message>' * 10}</Response>", "sms"),
    "10 numbers": (f"<Response><Dial>{'<Number>+16175550177</Number>' * 10}</Dial></Response>", "voice"),
}


@pytest.mark.parametrize(("document", "channel"), LIMITS.values(), ids=LIMITS)
def test_a_limit_itself_is_allowed(document: str, channel: Channel) -> None:
    assert read(document.encode(), "text/xml", channel)


def test_64_kb_is_allowed_and_one_byte_more_is_not() -> None:
    document = SAY.format("á" * 4000).encode()
    document += b" " * (64 * 1024 - len(document))
    assert read(document, "text/xml", "voice")
    with pytest.raises(TwimlError, match="65537 bytes") as refused:
        read(document + b" ", "text/xml", "voice")
    assert refused.value.code == 11750


SPOKEN = '<Say voice="Polly.Joanna{}">{}</Say>'
SSML = {
    "break, time": ('<break time="soon"/>', '<break time="2.5s"/>', 13520),
    "break, too long": ('<break time="10001ms"/>', '<break time="10s"/>', 13520),
    "break with words": ("<break>a</break>", "<break/>", 12200),
    "prosody, too slow": ('<prosody rate="19%">a</prosody>', '<prosody rate="80%">a</prosody>', 13513),
    "prosody, too fast": ('<prosody rate="201%">a</prosody>', '<prosody rate="200%">a</prosody>', 13513),
    "prosody, a bare number": ('<prosody rate="0.8">a</prosody>', '<prosody rate="20%">a</prosody>', 13513),
    "prosody in prosody": ('<prosody><prosody rate="80%">a</prosody></prosody>', '<prosody>a<break/></prosody>', 12200),
    "verb in words": ("<Hangup/>", '<break time="1s"/>', 12200),
}  # fmt: skip
"""SSML that the voices refuse, SSML of the same kind that they take, and Twilio's code."""


@pytest.mark.parametrize(("wrong", "right", "code"), SSML.values(), ids=SSML)
def test_ssml_is_checked(wrong: str, right: str, code: int) -> None:
    with pytest.raises(TwimlError) as refused:
        voice(SPOKEN.format("", f"Hi {wrong}"))
    assert code == refused.value.code
    assert len(voice(SPOKEN.format("", f"Hi {right}"))) == 1


SPEAKS = {
    "basic": ("woman", '<break time="1s"/>', False),
    "none named": ("", '<break time="1s"/>', False),
    "neural, rate": ("Polly.Joanna-Neural", '<prosody rate="80%">a</prosody>', True),
    "google": ("Google.en-US-Chirp3-HD-Aoede", '<break time="1s"/>', True),
}


@pytest.mark.parametrize(("name", "inside", "speaks"), SPEAKS.values(), ids=SPEAKS)
def test_a_voice_must_support_the_ssml(name: str, inside: str, speaks: bool) -> None:
    attribute = f'voice="{name}"' if name else ""
    assert len(voice(f"<Say {attribute}>Hi</Say>")) == 1
    if speaks:
        assert len(voice(f"<Say {attribute}>Hi {inside}</Say>")) == 1
    else:
        with pytest.raises(TwimlError, match="<Say>: ") as refused:
            voice(f"<Say {attribute}>Hi {inside}</Say>")
        assert refused.value.code == 13520


@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=utf-8", ""])
def test_a_response_must_be_xml(content_type: str) -> None:
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
def test_a_voice_must_support_the_language(name: str, language: str, speaks: bool) -> None:
    say = f'<Say voice="{name}" language="{language}">Hola</Say>'
    if speaks:
        assert (verbs.Say("Hola", language, name),) == voice(say)
    else:
        with pytest.raises(TwimlError, match="<Say>: "):
            voice(say)


def test_a_polly_voice_determines_the_language() -> None:
    assert (verbs.Say("Hola", "es-US", "Polly.Lupe"),) == voice('<Say voice="Polly.Lupe">Hola</Say>')


def test_ssml_is_spoken_as_plain_words_with_breaks() -> None:
    say = (
        '<Say voice="Polly.Joanna">Ask<break time="1.5s"/>for <prosody rate="80%">an<break/>IEP</prosody>'
        '<break time="300ms"/>or both</Say>'
    )
    (said,) = voice(say)
    assert verbs.Say("Ask for an IEP or both", "en-US", "Polly.Joanna", (1500, 500, 300)) == said


def test_a_gather_is_parsed_with_twilios_defaults() -> None:
    (plain,) = voice("<Gather/>")
    (full,) = voice(
        '<Gather input="dtmf speech" numDigits="1" finishOnKey="" action="/t?n=1" timeout="10" '
        'hints="yes, no" language="es-US" actionOnEmptyResult="true">'
        "<Say>Hi</Say><Say>there</Say></Gather>"
    )
    assert verbs.Gather((), frozenset({"dtmf"}), "", 0, "#", 5, (), "en-US", False, 5) == plain
    assert (
        verbs.Gather(
            (verbs.Say("Hi", "en-US", ""), verbs.Say("there", "en-US", "")),
            frozenset({"dtmf", "speech"}),
            "/t?n=1",
            1,
            "",
            10,
            ("yes", "no"),
            "es-US",
            True,
            10,
        )
        == full
    )


@pytest.mark.parametrize(
    ("attributes", "seconds"), [('timeout="20"', 20), ('timeout="20" speechTimeout="2"', 2)]
)
def test_speech_timeout_defaults_to_timeout(attributes: str, seconds: int) -> None:
    (gather,) = voice(f'<Gather input="dtmf speech" {attributes}/>')
    assert isinstance(gather, verbs.Gather)
    assert seconds == gather.speech_timeout
