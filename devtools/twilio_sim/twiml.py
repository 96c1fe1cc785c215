"""TwiML parsing and validation. Pure: bytes in, verbs out.

Rule 1: this is stricter than Twilio: it refuses some documents that Twilio accepts, or only warns about (12200: unknown
        attribute), so that a mistake is found here and not on a parent's phone.
Rule 2: only the verbs that a hotline needs are known; others are refused.
Rule 3: `grammar.SHAPES` defines nesting and values; the code here covers what a table cannot express.

Source: https://www.twilio.com/docs/voice/twiml, https://www.twilio.com/docs/messaging/twiml
"""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, ParseError, fromstring

from devtools.twilio_sim import grammar, ssml, verbs, voices
from devtools.twilio_sim.shapes import E164, Shape


class TwimlError(Exception):
    """Raised when a document is invalid. `code` is Twilio's error code; the message says where."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(document: bytes, content_type: str, channel: grammar.Channel) -> tuple[verbs.Verb, ...]:
    """Parse a document into its verbs, in order. Raises TwimlError if it is invalid.

    `content_type` is the response header. An empty <Response/> is valid and returns ().
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
    _check(root, Shape(children=grammar.TOP[channel]))
    read_verbs = tuple(READERS[element.tag](element) for element in root)
    if sum(isinstance(verb, verbs.Message) for verb in read_verbs) > grammar.MAX_MESSAGES:
        raise TwimlError(14109, f"more than {grammar.MAX_MESSAGES} <Message> in one response")
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


def _check(element: Element, shape: Shape) -> None:
    """Raise TwimlError for attributes, children or text that `shape` does not allow, recursively."""
    for name, written in element.attrib.items():
        if name not in shape.attributes:
            raise TwimlError(12200, f"<{element.tag}> has no attribute {name!r}")
        known = shape.attributes[name]
        if not known.fits(written):
            raise TwimlError(known.code, f"<{element.tag}> {name} is {written!r}; {known.right}")
    stray = [element.text, *(child.tail for child in element)]
    if not shape.text and any(words and words.strip() for words in stray):
        raise TwimlError(12200, f"<{element.tag}> may not contain text")
    for child in element:
        if child.tag not in shape.children:
            raise TwimlError(12200, f"<{child.tag}> is not allowed in <{element.tag}>")
        _check(child, grammar.SHAPES[child.tag])


def _message(element: Element) -> verbs.Message:
    body = element.text or ""
    if not body.strip():
        raise TwimlError(14103, "<Message> is empty")
    if len(body) > grammar.MAX_BODY_CHARS:
        raise TwimlError(21617, f"<Message> has {len(body)} characters; at most {grammar.MAX_BODY_CHARS}")
    return verbs.Message(body, element.get("statusCallback", ""))


def _say(element: Element) -> verbs.Say:
    voice = element.get("voice", "")
    language, wrong = voices.speak(voice, element.get("language", ""))
    if wrong:
        raise TwimlError(13512, f"<Say>: {wrong}")
    written = "".join(element.itertext())
    if len(written) > grammar.MAX_SAY_CHARS:
        raise TwimlError(13520, f"<Say> has {len(written)} characters; at most {grammar.MAX_SAY_CHARS}")
    if wrong := ssml.unspeakable(element, voice):
        raise TwimlError(13520, f"<Say>: {wrong}")
    text, breaks = ssml.heard(element)
    if not text and not breaks:
        raise TwimlError(13520, "<Say> is empty")
    return verbs.Say(text, language, voice, breaks)


def _gather(element: Element) -> verbs.Gather:
    hints = tuple(hint.strip() for hint in element.get("hints", "").split(",") if hint.strip())
    if len(hints) > grammar.MAX_HINTS or any(len(hint) > grammar.MAX_HINT_CHARS for hint in hints):
        raise TwimlError(
            12200,
            f"<Gather> hints: at most {grammar.MAX_HINTS} of at most {grammar.MAX_HINT_CHARS} characters",
        )
    timeout = _number(element, "timeout", 5)
    return verbs.Gather(
        prompts=tuple(_say(child) for child in element),
        inputs=frozenset(element.get("input", "dtmf").split()),
        action=element.get("action", ""),
        num_digits=_number(element, "numDigits", 0),
        finish_on_key=element.get("finishOnKey", "#"),
        timeout=timeout,
        hints=hints,
        language=element.get("language", "en-US"),
        action_on_empty=element.get("actionOnEmptyResult") == "true",
        speech_timeout=_number(element, "speechTimeout", timeout),
    )


def _redirect(element: Element) -> verbs.Redirect:
    url = (element.text or "").strip()
    if not url or any(c.isspace() for c in url):
        raise TwimlError(12200, f"<Redirect> has no valid URL: {url!r}")
    return verbs.Redirect(url)


def _dial(element: Element) -> verbs.Dial:
    numbers = [_dialed(number) for number in element.findall("Number")]
    if own := (element.text or "").strip():
        numbers.append(verbs.Number(own))
    if not 1 <= len(numbers) <= grammar.MAX_DIALED:
        raise TwimlError(12200, f"<Dial> names {len(numbers)} numbers; 1 to {grammar.MAX_DIALED}")
    for number in numbers:
        if not E164.fullmatch(number.to):
            raise TwimlError(
                13224, f"<Dial>: {number.to!r} is not a phone number; write it like +12025550123"
            )
    timeout = _number(element, "timeout", 30)
    return verbs.Dial(tuple(numbers), element.get("action", ""), timeout, element.get("callerId", ""))


def _dialed(element: Element) -> verbs.Number:
    events = frozenset(element.get("statusCallbackEvent", "completed").split())
    words = (element.text or "").strip()
    return verbs.Number(words, element.get("url", ""), element.get("statusCallback", ""), events)


def _record(element: Element) -> verbs.Record:
    return verbs.Record(
        action=element.get("action", ""),
        max_length=_number(element, "maxLength", 3600),
        finish_on_key=element.get("finishOnKey", "1234567890*#"),
        beep=element.get("playBeep") != "false",
    )


READERS: dict[str, Callable[[Element], verbs.Verb]] = {
    "Message": _message,
    "Say": _say,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Record": _record,
    "Hangup": lambda _: verbs.Hangup(),
}


def _number(element: Element, name: str, default: int) -> int:
    """Return an attribute as a number; the grammar has validated it."""
    return int(element.get(name, default))
