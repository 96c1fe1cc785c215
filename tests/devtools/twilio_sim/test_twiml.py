"""The simulator refuses the TwiML that Twilio would refuse."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import Say, VoiceResponse

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
    "late reject": (b"<Response><Say>Hi</Say><Reject/></Response>", "voice", 12200),
    "endless loop": (b'<Response><Say loop="0">Hi</Say></Response>', "voice", 12200),
    "empty redirect": (b"<Response><Redirect/></Response>", "voice", 12200),
    "long break": (SAY.format('a<break time="11s"/>').encode(), "voice", 13520),
    "unknown ssml": (SAY.format("<loud>a</loud>").encode(), "voice", 12200),
    "pause of no time": (b'<Response><Pause length="0"/></Response>', "voice", 12200),
    "message to a word": (b'<Response><Message to="home">Hi</Message></Response>', "sms", 12200),
    "11 pictures": (
        f"<Response><Message>{'<Media>/a.jpg</Media>' * 11}</Message></Response>".encode(),
        "sms",
        12200,
    ),
    "picture in a redirect": (b"<Response><Redirect><Media>/a</Media></Redirect></Response>", "sms", 12200),
    "reason": (b'<Response><Reject reason="late"/></Response>', "voice", 12200),
    "address with a blank": (b'<Response><Gather action="/a b"/></Response>', "voice", 12200),
}


@pytest.mark.parametrize(("document", "channel", "code"), REFUSED.values(), ids=REFUSED)
def test_what_twilio_refuses_is_refused_with_its_code(document: bytes, channel: Channel, code: int) -> None:
    """A mistake in TwiML is found here, not on a parent's phone."""
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
    "gather, speechTimeout": ("<Gather {}/>", 'speechTimeout="never"', 'speechTimeout="auto"', 13327),
    "gather, speechModel": (
        '<Gather speechTimeout="3" {}/>', 'speechModel="best"', 'speechModel="deepgram_nova-3"', 12200,
    ),
    "gather, a model and no time": (
        '<Gather speechModel="phone_call" {}/>', 'speechTimeout="auto"', 'speechTimeout="3"', 13335,
    ),
    "gather, many languages": (
        '<Gather speechTimeout="3" language="multi" {}/>', "", 'speechModel="deepgram_nova-3"', 12200,
    ),
    "gather, profanityFilter": ("<Gather {}/>", 'profanityFilter="no"', 'profanityFilter="false"', 12200),
    "gather, language": ("<Gather {}/>", 'language="Spanish"', 'language="es-US"', 12200),
    "gather, long hint": ("<Gather {}/>", f'hints="{"a" * 101}"', f'hints="{"a" * 100}"', 12200),
    "gather, many hints": ("<Gather {}/>", f'hints="{"a," * 501}"', f'hints="{"a," * 500}"', 12200),
    "record, maxLength": ("<Record {}/>", 'maxLength="0"', 'maxLength="120"', 12200),
    "record, timeout": ("<Record {}/>", 'timeout="-1"', 'timeout="10"', 12200),
    "record, finishOnKey": ("<Record {}/>", 'finishOnKey=""', 'finishOnKey="*#"', 12200),
    "record, playBeep": ("<Record {}/>", 'playBeep="1"', 'playBeep="false"', 12200),
    "record, trim": ("<Record {}/>", 'trim="true"', 'trim="trim-silence"', 13699),
    "record, transcribe": ('<Record maxLength="60" {}/>', 'transcribe="es"', 'transcribe="true"', 12200),
    "record, transcribe for long": (
        '<Record transcribe="true" {}/>', 'maxLength="121"', 'maxLength="120"', 13617,
    ),
    "record, events": (
        '<Record recordingStatusCallback="/r" {}/>',
        'recordingStatusCallbackEvent="done"',
        'recordingStatusCallbackEvent="in-progress completed absent"',
        13621,
    ),
    "record, method": (
        "<Record {}/>", 'recordingStatusCallbackMethod="GET"', 'recordingStatusCallbackMethod="POST"', 12200,
    ),
    "record, sound": ("<Record {}/>", 'format="mp3"', "", 12200),
    "dial, timeout": ("<Dial {}>+16175550177</Dial>", 'timeout="soon"', 'timeout="20"', 12200),
    "dial, timeLimit": ("<Dial {}>+16175550177</Dial>", 'timeLimit="0"', 'timeLimit="14400"', 12200),
    "dial, callerId": ("<Dial {}>+16175550177</Dial>", 'callerId="us"', 'callerId="+16175550100"', 13214),
    "dial, answerOnBridge": (
        "<Dial {}>+16175550177</Dial>", 'answerOnBridge="yes"', 'answerOnBridge="true"', 13219,
    ),
    "dial, hangupOnStar": ("<Dial {}>+16175550177</Dial>", 'hangupOnStar="*"', 'hangupOnStar="true"', 13213),
    "dial, record": ("<Dial {}>+16175550177</Dial>", 'record="yes"', 'record="record-from-answer"', 13217),
    "dial, ringTone": ("<Dial {}>+16175550177</Dial>", 'ringTone="loud"', 'ringTone="us"', 13220),
    "dial, sequential": ("<Dial {}>+16175550177</Dial>", 'sequential="1"', 'sequential="true"', 12200),
    "dial, callReason": (
        "<Dial {}>+16175550177</Dial>", f'callReason="{"a" * 51}"', f'callReason="{"a" * 50}"', 12200,
    ),
    "dial, events": (
        "<Dial {}>+16175550177</Dial>",
        'recordingStatusCallbackEvent="answered"',
        'recordingStatusCallbackEvent="completed"',
        13621,
    ),
    "dial, status callback": ("<Dial {}>+16175550177</Dial>", 'statusCallback="/s"', "", 12200),
    "number, events": (
        "<Dial><Number {}>+16175550177</Number></Dial>",
        'statusCallbackEvent="busy"',
        'statusCallbackEvent="initiated ringing answered completed"',
        12200,
    ),
    "number, sendDigits": (
        "<Dial><Number {}>+16175550177</Number></Dial>", 'sendDigits="one"', 'sendDigits="ww12#"', 12200,
    ),
    "number, machineDetection": (
        "<Dial><Number {}>+16175550177</Number></Dial>",
        'machineDetection="true"',
        'machineDetection="Enable"',
        12200,
    ),
    "number, method": ("<Dial><Number {}>+16175550177</Number></Dial>", 'method="GET"', 'url="/w"', 12200),
    "say, loop": ("<Say {}>Hi</Say>", 'loop="11"', 'loop="10"', 12200),
    "play, loop": ("<Play {}>/a.wav</Play>", 'loop="0"', 'loop="2"', 12200),
}  # fmt: skip
"""A document, an attribute that Twilio would refuse or ignore in it, and one that it would take."""


@pytest.mark.parametrize(("document", "wrong", "right", "code"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_an_attribute_takes_what_is_documented_and_nothing_else(
    document: str, wrong: str, right: str, code: int
) -> None:
    """Twilio warns and goes on with a default; here it is an error with Twilio's code."""
    with pytest.raises(TwimlError) as refused:
        voice(document.format(wrong))
    assert code == refused.value.code
    assert len(voice(document.format(right))) == 1


LIMITS = {
    "4096 characters said": (SAY.format("á" * 4096), "voice"),
    "1600 characters texted": (f"<Response><Message>{'á' * 1600}</Message></Response>", "sms"),
    "10 messages": (f"<Response>{'<Message>a</Message>' * 10}</Response>", "sms"),
    "10 pictures": (f"<Response><Message>{'<Media>/a</Media>' * 10}</Message></Response>", "sms"),
    "10 numbers": (f"<Response><Dial>{'<Number>+16175550177</Number>' * 10}</Dial></Response>", "voice"),
}


@pytest.mark.parametrize(("document", "channel"), LIMITS.values(), ids=LIMITS)
def test_a_limit_itself_is_allowed(document: str, channel: Channel) -> None:
    """One more is refused: see the first table."""
    assert read(document.encode(), "text/xml", channel)


def test_64_kb_is_allowed_and_one_byte_more_is_not() -> None:
    """11750; characters of two bytes count as two."""
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
    "break, strength": ('<break strength="long"/>', '<break strength="x-weak"/>', 13520),
    "break with words": ("<break>a</break>", "<break/>", 12200),
    "emphasis, level": (
        '<emphasis level="high">a</emphasis>', '<emphasis level="reduced">a</emphasis>', 13520,
    ),
    "prosody, rate in words": ('<prosody rate="slower">a</prosody>', '<prosody rate="slow">a</prosody>', 13513),
    "prosody, too slow": ('<prosody rate="19%">a</prosody>', '<prosody rate="80%">a</prosody>', 13513),
    "prosody, too fast": ('<prosody rate="201%">a</prosody>', '<prosody rate="200%">a</prosody>', 13513),
    "prosody, a bare number": ('<prosody rate="0.8">a</prosody>', '<prosody rate="20%">a</prosody>', 13513),
    "prosody, volume": ('<prosody volume="11">a</prosody>', '<prosody volume="+6dB">a</prosody>', 13520),
    "prosody, pitch": ('<prosody pitch="up">a</prosody>', '<prosody pitch="-10%">a</prosody>', 13520),
    "say-as": ("<say-as>504</say-as>", '<say-as interpret-as="digits">504</say-as>', 12200),
    "say-as, what": (
        '<say-as interpret-as="letters">IEP</say-as>',
        '<say-as interpret-as="characters">IEP</say-as>',
        13520,
    ),
    "say-as, date": (
        '<say-as interpret-as="date" format="us">1/2</say-as>',
        '<say-as interpret-as="date" format="md">1/2</say-as>',
        13520,
    ),
    "sub": ("<sub>IEP</sub>", '<sub alias="I E P">IEP</sub>', 12200),
    "sub, empty": ('<sub alias=" ">IEP</sub>', '<sub alias="a">IEP</sub>', 13520),
    "phoneme": (
        '<phoneme alphabet="ipa">a</phoneme>', '<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>', 12200,
    ),
    "phoneme, alphabet": (
        '<phoneme alphabet="abc" ph="a">a</phoneme>', '<phoneme alphabet="x-sampa" ph="a">a</phoneme>', 13520,
    ),
    "w": ('<w role="verb">read</w>', '<w role="amazon:VBD">read</w>', 13520),
    "lang": ('<lang xml:lang="Spanish">sí</lang>', '<lang xml:lang="es-US">sí</lang>', 13520),
    "lang, which": ("<lang>sí</lang>", '<lang xml:lang="es-US">sí</lang>', 12200),
    "paragraph in a sentence": ("<s><p>a</p></s>", "<p><s>a</s></p>", 12200),
    "paragraph in a paragraph": ("<p><p>a</p></p>", "<p>a</p><p>b</p>", 12200),
    "break in an alias": (
        '<sub alias="a">b<break/></sub>', '<prosody rate="80%">b<break/><p>c</p></prosody>', 12200,
    ),
    "verb in words": ("<Pause/>", '<break time="1s"/>', 12200),
}  # fmt: skip
"""SSML that the voices refuse, SSML of the same kind that they take, and Twilio's code."""


@pytest.mark.parametrize(("wrong", "right", "code"), SSML.values(), ids=SSML)
def test_ssml_is_checked_like_the_rest(wrong: str, right: str, code: int) -> None:
    """At Twilio it would be left out, or the whole <Say> would fail."""
    with pytest.raises(TwimlError) as refused:
        voice(SPOKEN.format("", f"Hi {wrong}"))
    assert code == refused.value.code
    assert len(voice(SPOKEN.format("", f"Hi {right}"))) == 1


SPEAKS = {
    "basic": ("woman", '<break time="1s"/>', False),
    "none named": ("", '<break time="1s"/>', False),
    "standard, emphasis": ("Polly.Joanna", "<emphasis>a</emphasis>", True),
    "neural, emphasis": ("Polly.Joanna-Neural", "<emphasis>a</emphasis>", False),
    "generative, emphasis": ("Polly.Joanna-Generative", "<emphasis>a</emphasis>", False),
    "neural, rate": ("Polly.Joanna-Neural", '<prosody rate="80%">a</prosody>', True),
    "neural, volume": ("Polly.Joanna-Neural", '<prosody volume="loud">a</prosody>', True),
    "neural, pitch": ("Polly.Joanna-Neural", '<prosody pitch="high">a</prosody>', False),
    "neural, pitch deep down": (
        "Polly.Joanna-Neural",
        '<p><s><prosody pitch="low">a</prosody></s></p>',
        False,
    ),
    "google": ("Google.en-US-Chirp3-HD-Aoede", '<break time="1s"/>', True),
}


@pytest.mark.parametrize(("name", "inside", "speaks"), SPEAKS.values(), ids=SPEAKS)
def test_a_voice_must_speak_the_ssml(name: str, inside: str, speaks: bool) -> None:
    """Basic voices speak none; neural ones neither emphasis nor pitch. Words alone all can say."""
    attribute = f'voice="{name}"' if name else ""
    assert len(voice(f"<Say {attribute}>Hi</Say>")) == 1
    if speaks:
        assert len(voice(f"<Say {attribute}>Hi {inside}</Say>")) == 1
    else:
        with pytest.raises(TwimlError, match="<Say>: ") as refused:
            voice(f"<Say {attribute}>Hi {inside}</Say>")
        assert refused.value.code == 13520


def test_all_that_twilios_own_library_writes_is_read() -> None:
    """Its names of attributes and of SSML elements are the ones known here."""
    say = Say("Ask for an ", voice="Polly.Joanna")
    say.break_(strength="medium", time="500ms")
    say.emphasis("now", level="strong")
    say.lang("gracias", xml_lang="es-US")
    say.p("one")
    say.phoneme("pecan", alphabet="ipa", ph="pɪˈkɑːn")
    say.prosody("slowly", rate="80%", volume="+6dB", pitch="low")
    say.s("two")
    say.say_as("504", interpret_as="digits")
    say.sub("IEP", alias="I E P")
    say.w("read", role="amazon:VBD")
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf speech", action="/t", timeout=10, speech_timeout=3, num_digits=1, finish_on_key="",
        action_on_empty_result=True, hints="yes, no", language="en-US", speech_model="deepgram_nova-3",
        profanity_filter=False,
    )  # fmt: skip
    gather.append(say)
    response.record(
        action="/left", timeout=10, finish_on_key="#", max_length=120, play_beep=True, trim="do-not-trim",
        recording_status_callback="/recorded", recording_status_callback_event="completed absent",
        transcribe=False,
    )  # fmt: skip
    dial = response.dial(
        action="/dialed", timeout=20, time_limit=3600, caller_id="+16175550100", answer_on_bridge=True,
        hangup_on_star=True, ring_tone="us", sequential=False, record="do-not-record",
    )  # fmt: skip
    dial.number(
        "+16175550177", url="/whisper", status_callback="/rang", status_callback_event="ringing answered"
    )
    read_verbs = read(str(response).encode(), "text/xml", "voice")
    kinds = [type(verb) for verb in read_verbs]
    assert [verbs.Gather, verbs.Record, verbs.Dial] == kinds


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
        '<Say voice="Polly.Joanna">Ask<break time="500ms"/>for an <sub alias="I E P">IEP</sub>, a '
        '<say-as interpret-as="digits">504</say-as>'
        '<p>or <emphasis>both</emphasis></p><break strength="x-strong"/><break time="1.5s"/>'
        '<lang xml:lang="es-US">gracias</lang></Say>'
    )
    (said,) = voice(say)
    assert (
        verbs.Say("Ask for an I E P, a 504 or both gracias", "en-US", "Polly.Joanna", (500, 1000, 1500))
        == said
    )


def test_a_gather_is_read_whole() -> None:
    """Defaults are Twilio's: any number of digits, # to finish, 5 seconds."""
    (plain,) = voice("<Gather/>")
    (full,) = voice(
        '<Gather input="dtmf speech" numDigits="1" finishOnKey="" action="/t?n=1" timeout="10" '
        'hints="yes, no" language="es-US" actionOnEmptyResult="true">'
        '<Say>Hi</Say><Pause length="2"/><Play>/a.wav</Play></Gather>'
    )
    assert verbs.Gather((), frozenset({"dtmf"}), "", 0, "#", 5, (), "en-US", False, 5) == plain
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
            10,
        )
        == full
    )


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [('timeout="20"', 20), ('timeout="20" speechTimeout="2"', 2), ('timeout="20" speechTimeout="auto"', 1)],
)
def test_words_wait_for_the_time_of_speech_and_else_for_the_other(attributes: str, seconds: int) -> None:
    """Twilio: "speechTimeout: default value: the `timeout` value"."""
    (gather,) = voice(f'<Gather input="dtmf speech" {attributes}/>')
    assert isinstance(gather, verbs.Gather)
    assert seconds == gather.speech_timeout


def test_a_message_may_hold_its_words_in_a_body() -> None:
    """<Message>words</Message> and <Message><Body>words</Body></Message> are the same."""
    document = b"<Response><Message>a</Message><Message><Body>b</Body><Media>http://x/y.jpg</Media></Message></Response>"
    assert (verbs.Message("a"), verbs.Message("b", ("http://x/y.jpg",))) == read(
        document, "application/xml", "sms"
    )
