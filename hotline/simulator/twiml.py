"""Reads a TwiML document and refuses what a carrier would refuse. Pure: bytes in, verbs out.

Rule 1: stricter than Twilio. Where Twilio warns (12200: an attribute it does not know) or shrugs, this
        refuses, so that a mistake is found here and not on a parent's phone.
Rule 2: only the verbs a hotline needs; the others are refused as unknown.
Rule 3: `grammar.SHAPES` says what may stand where; code below it is for what a table cannot say.

Source: https://www.twilio.com/docs/voice/twiml, https://www.twilio.com/docs/messaging/twiml
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, ParseError, fromstring

from hotline.simulator import grammar, verbs, voices


class TwimlError(Exception):
    """The document cannot be carried out. `code` is Twilio's error code; the message says where."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(document: bytes, content_type: str, channel: grammar.Channel) -> tuple[verbs.Verb, ...]:
    """The verbs of a document, in order. Raises TwimlError for what would not be carried out.

    `content_type` is the answer's header. An empty <Response/> is fine: nothing happens.
    """
    if content_type.partition(";")[0].strip().lower() not in grammar.CONTENT_TYPES:
        raise TwimlError(12300, f"content type is {content_type!r}; it must be text/xml or application/xml")
    if len(document) > grammar.MAX_DOCUMENT_BYTES:
        raise TwimlError(
            11750, f"the document has {len(document)} bytes; at most {grammar.MAX_DOCUMENT_BYTES}"
        )
    root = _parse(document)
    if root.tag != "Response":
        raise TwimlError(12102, f"the root element is <{root.tag}>; it must be <Response>")
    _check(root, grammar.Shape(children=grammar.TOP[channel]))
    read_verbs = tuple(READERS[element.tag](element) for element in root)
    if sum(isinstance(verb, verbs.Message) for verb in read_verbs) > grammar.MAX_MESSAGES:
        raise TwimlError(14109, f"more than {grammar.MAX_MESSAGES} <Message> in one answer")
    if any(isinstance(verb, verbs.Reject) for verb in read_verbs[1:]):
        raise TwimlError(12200, "<Reject> must be the first verb: the call is answered by what is before it")
    return read_verbs


def _parse(document: bytes) -> Element:
    if not document.startswith(b"<"):
        raise TwimlError(12100, f"the document must begin with '<'; it begins with {document[:12]!r}")
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise TwimlError(12100, "a document type is not allowed")
    try:
        return fromstring(document)  # noqa: S314 - no entities (refused above), and the sender is under test
    except (ParseError, ValueError, LookupError) as wrong:
        raise TwimlError(12100, f"not XML: {wrong}") from wrong


def _check(element: Element, shape: grammar.Shape) -> None:
    """Refuse attributes, children and words that `shape` has no place for, all the way down."""
    for name in element.attrib:
        if name not in shape.attributes:
            raise TwimlError(12200, f"<{element.tag}> has no attribute {name!r}")
    stray = [element.text, *(child.tail for child in element)]
    if not shape.text and any(words and words.strip() for words in stray):
        raise TwimlError(12200, f"<{element.tag}> may not hold words of its own")
    for child in element:
        if child.tag not in shape.children:
            raise TwimlError(12200, f"<{child.tag}> may not stand in <{element.tag}>")
        _check(child, grammar.SHAPES[child.tag])
    if element.get("method", "POST").upper() != "POST":
        raise TwimlError(
            12200, f"<{element.tag}> asks for {element.get('method')}; use POST, which is signed whole"
        )


def _message(element: Element) -> verbs.Message:
    bodies = [words for words in (element.text, *(b.text for b in element.findall("Body"))) if words]
    body = (
        "".join(bodies)
        if element.find("Body") is None
        else "".join(b.text or "" for b in element.findall("Body"))
    )
    media = tuple((m.text or "").strip() for m in element.findall("Media"))
    if not body.strip() and not media:
        raise TwimlError(14103, "<Message> is empty")
    if len(body) > grammar.MAX_BODY_CHARS:
        raise TwimlError(21617, f"<Message> has {len(body)} characters; at most {grammar.MAX_BODY_CHARS}")
    if len(media) > grammar.MAX_MEDIA:
        raise TwimlError(12200, f"<Message> has {len(media)} <Media>; at most {grammar.MAX_MEDIA}")
    callback = element.get("statusCallback") or element.get("action") or ""
    return verbs.Message(body, media, element.get("to", ""), callback)


def _say(element: Element) -> verbs.Say:
    language, wrong = voices.speak(element.get("voice", ""), element.get("language", ""))
    if wrong:
        raise TwimlError(13512, f"<Say>: {wrong}")
    written = "".join(element.itertext())
    if len(written) > grammar.MAX_SAY_CHARS:
        raise TwimlError(13520, f"<Say> has {len(written)} characters; at most {grammar.MAX_SAY_CHARS}")
    breaks: list[int] = []
    text = " ".join(_spoken(element, breaks).split())
    if not text and not breaks:
        raise TwimlError(13520, "<Say> is empty")
    return verbs.Say(text, language, element.get("voice", ""), tuple(breaks), _loop(element))


def _spoken(element: Element, breaks: list[int]) -> str:
    """What is heard of an element with SSML in it: an alias is said for what it stands for."""
    if element.tag == "break":
        breaks.append(_break_ms(element))
    parts = [element.get("alias", "") if element.tag == "sub" else element.text or ""]
    for child in element:
        gap = " " if child.tag in ("break", "p", "s") else ""
        parts += [gap, _spoken(child, breaks), gap, child.tail or ""]
    return "".join(parts)


def _break_ms(element: Element) -> int:
    time = element.get("time")
    if time is None:
        strength = element.get("strength", "medium")
        if strength not in grammar.BREAK_STRENGTHS:
            raise TwimlError(13520, f"<break> has no strength {strength!r}")
        return grammar.BREAK_STRENGTHS[strength]
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", time)
    lasts = round(float(found[1]) * (1000 if found[2] == "s" else 1)) if found else grammar.MAX_BREAK_MS + 1
    if lasts > grammar.MAX_BREAK_MS:
        raise TwimlError(13520, f"<break> time is {time!r}; write 500ms or 2s, at most 10s")
    return lasts


def _play(element: Element) -> verbs.Play:
    return verbs.Play(_url(element), _loop(element))


def _pause(element: Element) -> verbs.Pause:
    return verbs.Pause(_number(element, "length", 1, least=0))


def _gather(element: Element) -> verbs.Gather:
    inputs = frozenset(element.get("input", "dtmf").split())
    if not inputs or not inputs <= {"dtmf", "speech"}:
        raise TwimlError(
            12200, f"<Gather> input is {element.get('input')!r}; use dtmf, speech or dtmf speech"
        )
    hints = tuple(hint.strip() for hint in element.get("hints", "").split(",") if hint.strip())
    if len(hints) > grammar.MAX_HINTS or any(len(hint) > grammar.MAX_HINT_CHARS for hint in hints):
        raise TwimlError(
            12200,
            f"<Gather> hints: at most {grammar.MAX_HINTS} of at most {grammar.MAX_HINT_CHARS} characters",
        )
    if element.get("speechTimeout", "auto") != "auto":
        _number(element, "speechTimeout", 1, least=1)
    language = element.get("language", "en-US")
    if not grammar.LANGUAGE.fullmatch(language):
        raise TwimlError(12200, f"<Gather> language is {language!r}; write it as es-US")
    return verbs.Gather(
        prompts=tuple(_prompt(child) for child in element),
        inputs=inputs,
        action=element.get("action", ""),
        num_digits=_number(element, "numDigits", 0, least=1),
        finish_on_key=_finish_on_key(element, "#"),
        timeout=_number(element, "timeout", 5, least=1),
        hints=hints,
        language=language,
        action_on_empty=_yes_no(element, "actionOnEmptyResult", False),
    )


def _prompt(element: Element) -> verbs.Prompt:
    if element.tag == "Say":
        return _say(element)
    return _play(element) if element.tag == "Play" else _pause(element)


def _redirect(element: Element) -> verbs.Redirect:
    return verbs.Redirect(_url(element))


def _dial(element: Element) -> verbs.Dial:
    numbers = [verbs.Number((n.text or "").strip(), n.get("url", "")) for n in element.findall("Number")]
    if own := (element.text or "").strip():
        numbers.append(verbs.Number(own))
    if not 1 <= len(numbers) <= grammar.MAX_DIALED:
        raise TwimlError(12200, f"<Dial> names {len(numbers)} numbers; 1 to {grammar.MAX_DIALED}")
    for number in numbers:
        if not grammar.E164.fullmatch(number.to):
            raise TwimlError(13224, f"<Dial>: {number.to!r} is no phone number; write it as +12025550123")
    timeout = _number(element, "timeout", 30, least=1)
    return verbs.Dial(tuple(numbers), element.get("action", ""), timeout, element.get("callerId", ""))


def _record(element: Element) -> verbs.Record:
    return verbs.Record(
        action=element.get("action", ""),
        max_length=_number(element, "maxLength", 3600, least=1),
        finish_on_key=_finish_on_key(element, "1234567890*#"),
        beep=_yes_no(element, "playBeep", True),
        status_callback=element.get("recordingStatusCallback", ""),
    )


def _reject(element: Element) -> verbs.Reject:
    reason = element.get("reason", "rejected")
    if reason not in ("rejected", "busy"):
        raise TwimlError(12200, f"<Reject> reason is {reason!r}; use rejected or busy")
    return verbs.Reject(reason)


READERS: dict[str, Callable[[Element], verbs.Verb]] = {
    "Message": _message,
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Record": _record,
    "Hangup": lambda _: verbs.Hangup(),
    "Reject": _reject,
}


def _url(element: Element) -> str:
    url = (element.text or "").strip()
    if not url or any(c.isspace() for c in url):
        raise TwimlError(12200, f"<{element.tag}> holds no URL: {url!r}")
    return url


def _number(element: Element, name: str, default: int, least: int) -> int:
    written = element.get(name)
    if written is None:
        return default
    if not re.fullmatch(r"\d{1,5}", written) or int(written) < least:
        raise TwimlError(12200, f"<{element.tag}> {name} is {written!r}; a whole number from {least} up")
    return int(written)


def _loop(element: Element) -> int:
    loop = _number(element, "loop", 1, least=1)
    if loop > grammar.MAX_LOOP:
        raise TwimlError(12200, f"<{element.tag}> loop is {loop}; at most {grammar.MAX_LOOP} here")
    return loop


def _yes_no(element: Element, name: str, default: bool) -> bool:
    written = element.get(name)
    if written not in (None, "true", "false"):
        raise TwimlError(12200, f"<{element.tag}> {name} is {written!r}; true or false")
    return default if written is None else written == "true"


def _finish_on_key(element: Element, default: str) -> str:
    keys = element.get("finishOnKey", default)
    if not set(keys) <= grammar.KEYS or (element.tag == "Gather" and len(keys) > 1):
        raise TwimlError(12200, f"<{element.tag}> finishOnKey is {keys!r}; a key of 0-9 * #, or nothing")
    return keys
