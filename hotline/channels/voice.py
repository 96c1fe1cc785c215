"""A call in and out: Twilio's voice forms to Events, a Turn to TwiML.

Rule 1: all that is said stands inside <Gather>, so that a key interrupts it.
Rule 2: keys and speech both work at every question; after silence the call goes on to the same
        turn without input, by <Redirect>.
Rule 3: a turn's number stands in its URL. CallSid with that number is the event's id, so a retried
        request is the same event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from hotline.channels.twiml import clean, is_number
from hotline.conversation.book import Book, Voice
from hotline.conversation.model import Ask, Channel, Event, HangUp, Kind, Reply, Session, Tell
from hotline.conversation.wording import offered, text_id, with_days, wording

SILENCE_SECONDS = 10
"""How long a question waits. Relay calls and tired callers need it; Twilio's own default is 5."""

MAX_SAY = 4_000
"""Characters in one <Say>; Twilio refuses more than 4,096."""

MAX_HINTS = 100
"""Speech hints given to the recogniser; Twilio takes up to 500 phrases of 100 characters."""

LONGEST_HINT = 100
NOT_SAID = re.compile(r"[^\w\s'-]")

MAX_TURNS = 500
"""Turns in one call. At 10 s of silence each that is over an hour: nothing but a stuck line."""

TURN_PATH = "/voice/turn"


def read_opened(form: Mapping[str, str], at: datetime) -> Event:
    """The Event of a call that begins. Raises KeyError when CallSid is missing."""
    return _event(form, 0, at, Kind.OPENED)


def read_turn(form: Mapping[str, str], turn: int, at: datetime) -> Event:
    """The Event of turn number `turn` of a call: keys, else speech, else silence."""
    if digits := form.get("Digits", ""):
        return _event(form, turn, at, Kind.PRESSED, digits)
    if speech := form.get("SpeechResult", "").strip():
        return _event(form, turn, at, Kind.HEARD, speech[:1600])
    return _event(form, turn, at, Kind.SILENT)


def read_ended(form: Mapping[str, str], at: datetime) -> Event:
    """The Event of a call that is over, however it ended."""
    event = _event(form, 0, at, Kind.LEFT)
    return Event(f"{form['CallSid']}:end", event.at, event.channel, event.kind, reachable=event.reachable)


def render(book: Book, session: Session, replies: tuple[Reply, ...], turn: int) -> str:
    """TwiML that says the replies and waits for the caller, or hangs up. `turn` is the number of the
    turn being answered.
    """
    response = VoiceResponse()
    said = spoken(book, session, replies)
    if HangUp() in replies or turn >= MAX_TURNS:
        for words, language in said:
            _say(response, book, language, words)
        response.hangup()
        return str(response)
    following = f"{TURN_PATH}?n={turn + 1}"
    gather = Gather(
        input="dtmf speech",
        action=following,
        method="POST",
        timeout=SILENCE_SECONDS,
        num_digits=1,
        finish_on_key="",
        language=_voice(book, session.language).locale,
        hints=_hints(book, session, replies),
    )
    for words, language in said:
        _say(gather, book, language, words)
    response.append(gather)
    response.redirect(following, method="POST")
    return str(response)


def _event(form: Mapping[str, str], turn: int, at: datetime, kind: Kind, text: str = "") -> Event:
    return Event(
        id=f"{form['CallSid']}:{turn}",
        at=at,
        channel=Channel.VOICE,
        kind=kind,
        text=text,
        reachable=is_number(form.get("From", "")),
    )


def spoken(book: Book, session: Session, replies: tuple[Reply, ...]) -> list[tuple[str, str]]:
    """What is said in the call, one text after another, each with the language it is said in."""
    said: list[tuple[str, str]] = []
    for reply in replies:
        match reply:
            case Tell(text=text, days=days):
                language = reply.language or session.language
                words = wording(book, language, Channel.VOICE, text)
                said.append((with_days(words, days, language), language))
            case Ask(state=name):
                said.append((_question(book, session, name), session.language))
            case HangUp():
                pass
    return said


def _question(book: Book, session: Session, name: str) -> str:
    """A question and how to answer it by key."""
    text = wording(book, session.language, Channel.VOICE, text_id(book.question(name)))
    press = wording(book, session.language, Channel.VOICE, "book.renderer.press")
    choices = offered(book, session.language, name)
    keys = (press.replace("{choice}", c.say).replace("{key}", str(n)) for n, c in enumerate(choices, 1))
    return " ".join([text, *keys])


def _hints(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
    """What the caller is likely to say, for the recogniser: the choices' words and the figures."""
    hints: list[str] = []
    for reply in replies:
        if isinstance(reply, Ask):
            for number, choice in enumerate(offered(book, session.language, reply.state), 1):
                hints += [str(number), *map(_hint, (choice.say, *choice.words))]
    return ",".join(dict.fromkeys(hints[:MAX_HINTS]))


def _hint(words: str) -> str:
    """Words as one hint: commas part hints, and a hint has at most 100 characters."""
    return " ".join(NOT_SAID.sub(" ", words).split())[:LONGEST_HINT]


def _say(verb: VoiceResponse | Gather, book: Book, language: str, text: str) -> None:
    voice = _voice(book, language)
    verb.append(Say(clean(text)[:MAX_SAY], voice=voice.name, language=voice.locale))


def _voice(book: Book, language: str) -> Voice:
    """The voice of a language; of the first one where the book no longer has it."""
    return book.voices.get(language) or book.voices[book.languages[0]]
