"""Parse Twilio's voice forms into Events, and render a Turn as TwiML.

Rule 1: all speech is inside <Gather>, so that a key interrupts it.
Rule 2: keys and speech both work at every question; after silence, <Redirect> continues the same turn
        without input.
Rule 3: a turn's number is in its URL. The event's id is the CallSid with that number, so a retried request is
        the same event. The result of calling the staff, or of a recording, is the next turn.
Rule 4: only a message for the staff is ever recorded, after informing the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.dates import get_day_names, get_month_names
from twilio.twiml.voice_response import Dial, Gather, Record, Say, VoiceResponse

from hotline.channels import whisper
from hotline.channels.twiml import RECORDING_SID, Asked, clean, gather, is_number, with_retries
from hotline.conversation.book.book import Book, Voice
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.book.texts import is_line, offered
from hotline.conversation.engine.call_events import JOINED
from hotline.conversation.engine.speech import Saying, sayings
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Event,
    EventKind,
    HangUp,
    Reply,
    TakeMessage,
    Tell,
    Transfer,
)
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.normalize import MAX_LENGTH

SILENCE_SECONDS, LONGER_SILENCE_SECONDS = 10, 20
"""Seconds a question waits for the first sound or key, and seconds after an unanswered one.

Relay calls and tired callers need it; Twilio's own default is 5."""

MAX_SAY = 4_000
"""Maximum characters in one <Say>; Twilio refuses more than 4,096."""

MAX_HINTS = 200
"""Maximum speech hints for the recognizer; Twilio takes up to 500 phrases of 100 characters."""

LONGEST_HINT = 100
NOT_SAID = re.compile(r"[^\w\s'-]")

MAX_TURNS = 500
"""Maximum turns of a call. At 10 s of silence each that is over an hour: only a stuck line gets there."""

TURN_PATH = "/voice/turn"

TALKED = ("completed", "answered")
"""Statuses of <Dial> for an answered call.

If it also reports whether the two were connected, that counts: voicemail answers and never presses the key."""

RENDERED = 1024
"""Size of the cache of rendered questions, which contain only our text, none of a person's."""

BETWEEN_PHRASES = "300ms"
"""Pause between the choices of a question: long enough to press a key."""

SLOW_AFTER, SLOW_RATE = 2, "80%"
"""After this many requests to repeat, the text is spoken at this rate."""

RING_SECONDS = 25
"""How many seconds the staff's phones ring; the caller hears ringing."""

LONGEST_MESSAGE_SECONDS = 120
LONGEST_CALL_SECONDS = 4 * 3600
"""Twilio ends every call by then."""


def read_opened(form: Mapping[str, str], at: datetime) -> Event:
    """Return the Event of a call that begins. Raises KeyError if CallSid is missing."""
    return _event(form, 0, at, EventKind.OPENED)


def read_turn(form: Mapping[str, str], turn: int, at: datetime) -> Event:
    """Return the Event of turn number `turn` of a call. Raises KeyError if CallSid is missing.

    The event is the result of calling the staff or of a recording, else keys, speech or silence.
    """
    if status := form.get("DialCallStatus", ""):
        talked = form.get("DialBridged", str(status in TALKED)).lower() == "true"
        return _event(form, turn, at, EventKind.DIALED, JOINED if talked else "missed")
    if "RecordingUrl" in form:
        recording = form.get("RecordingSid", "")
        return _event(
            form, turn, at, EventKind.RECORDED, recording if RECORDING_SID.fullmatch(recording) else ""
        )
    if digits := form.get("Digits", ""):
        return _event(form, turn, at, EventKind.PRESSED, digits)
    if speech := form.get("SpeechResult", "").strip():
        return _event(form, turn, at, EventKind.SPOKEN, speech[:MAX_LENGTH])
    return _event(form, turn, at, EventKind.SILENT)


def read_ended(form: Mapping[str, str], at: datetime) -> Event:
    """Return the Event of a call that ended, for any reason. Raises KeyError if CallSid is missing."""
    event = _event(form, 0, at, EventKind.LEFT)
    return replace(event, id=f"{form['CallSid']}:end")


def minutes(form: Mapping[str, str]) -> int:
    """Return the minutes of a call that the carrier bills, rounded up; 0 if the duration is missing or invalid."""
    seconds = form.get("CallDuration", "")
    right = seconds.isascii() and seconds.isdigit() and int(seconds) <= LONGEST_CALL_SECONDS
    return -(-int(seconds) // 60) if right else 0


@dataclass(frozen=True, slots=True)
class Staff:
    """The staff numbers to transfer a call to, and our number to call from.

    `phones` are numbers, each with the languages spoken there; an empty tuple means all languages.
    """

    phones: tuple[tuple[str, tuple[str, ...]], ...]
    caller_id: str

    def who_speak(self, language: str) -> tuple[str, ...]:
        """Return the numbers where this language is spoken, or all numbers if there are none."""
        speak = tuple(number for number, spoken in self.phones if language in spoken or not spoken)
        return speak or tuple(number for number, _ in self.phones)


def render(
    book: Book, session: Session, replies: tuple[Reply, ...], turn: int, staff: Staff | None = None
) -> str:
    """Return TwiML that says the replies, then gathers input, dials the staff, records, or hangs up.

    `turn` is the number of the turn being answered.
    """
    slowly = session.repeats >= SLOW_AFTER or any(isinstance(r, Tell) and is_line(r) for r in replies)
    ends, transfers = HangUp() in replies or turn >= MAX_TURNS, Transfer() in replies
    if not (ends or TakeMessage() in replies or (transfers and staff is not None and staff.phones)):
        longer, asked = session.silences > 0, _asked(book, session, replies)
        return _question(book, session.language, replies, asked, turn, slowly=slowly, longer=longer)
    response = VoiceResponse()
    following = _following(turn)
    _say_all(response, book, sayings(book, session.language, replies), slowly=slowly)
    if ends:
        response.hangup()
    elif transfers and staff is not None and staff.phones:
        response.append(_dial(staff, session, following))
    else:
        response.append(
            Record(
                action=following,
                method="POST",
                max_length=LONGEST_MESSAGE_SECONDS,
                timeout=SILENCE_SECONDS,
                finish_on_key="#",
                play_beep=True,
            )
        )
        response.redirect(following, method="POST")
    return str(response)


@lru_cache(maxsize=RENDERED)
def _question(
    book: Book,
    language: str,
    replies: tuple[Reply, ...],
    asked: tuple[tuple[str, tuple[str, ...]], ...],
    turn: int,
    *,
    slowly: bool,
    longer: bool,
) -> str:
    """Return TwiML that says the replies and then gathers input."""
    response, following = VoiceResponse(), _following(turn)
    question = gather(
        following,
        LONGER_SILENCE_SECONDS if longer else SILENCE_SECONDS,
        speech=True,
        language=_voice(book, language).locale,
        hints=_hints(book, language, asked),
    )
    _say_all(question, book, sayings(book, language, replies), slowly=slowly)
    response.append(question)
    response.redirect(following, method="POST")
    return str(response)


def _following(turn: int) -> str:
    """Return the URL of the turn after this one."""
    return with_retries(f"{TURN_PATH}?n={turn + 1}", Asked.STEP)


def _dial(staff: Staff, session: Session, following: str) -> Dial:
    """Return a <Dial> that rings all staff who speak the language at once.

    The person who answers hears an announcement and must press a key before the two are connected; voicemail never does.
    """
    dial = Dial(action=following, method="POST", timeout=RING_SECONDS, caller_id=staff.caller_id)
    whispered = with_retries(f"{whisper.PATH}?lang={session.tongue or session.language}", Asked.STEP)
    for number in staff.who_speak(session.language):
        dial.number(number, url=whispered, method="POST")
    return dial


def _event(form: Mapping[str, str], turn: int, at: datetime, kind: EventKind, text: str = "") -> Event:
    return Event(
        id=f"{form['CallSid']}:{turn}",
        at=at,
        channel=Channel.VOICE,
        kind=kind,
        text=text,
        reachable=is_number(form.get("From", "")),
        ours=form.get("To", ""),
    )


def _asked(
    book: Book, session: Session, replies: tuple[Reply, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the questions to expect an answer to, each with the choices offered, () for all.

    If this turn asks nothing, it is the caller's current question.
    """
    asked = tuple((reply.state, reply.only) for reply in replies if isinstance(reply, Ask))
    if not asked and isinstance(question := book.states.get(session.state), Question):
        return ((session.state, session.between if question.picks else ()),)
    return asked


def _hints(book: Book, language: str, asked: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Return likely answers as hints for the speech recognizer.

    These are the text and number of each choice, the values that a question takes, and the names that the book
    says letter by letter.
    """
    hints: list[str] = []
    for name, only in asked:
        for number, choice in enumerate(offered(book, language, name, only), 1):
            hints += [str(number), *map(_hint, (choice.say, *choice.words))]
        hints += _values(book, language, book.question(name).takes)
    hints += [_hint(name) for name, _ in _voice(book, language).spoken]
    return ",".join(dict.fromkeys(hints[:MAX_HINTS]))


def _values(book: Book, language: str, takes: Takes) -> Iterable[str]:
    """Return the names that a value is said with: of the US states, or of the months and weekdays."""
    match takes:
        case Takes.STATE:
            return (state.name for state in book.places.states.values())
        case Takes.DAY | Takes.COMING_DAY:
            months, days = get_month_names(locale=language), get_day_names(locale=language)
            return (*months.values(), *days.values())
        case _:
            return ()


def _hint(words: str) -> str:
    """Format words as one hint: without commas, which separate hints, and at most LONGEST_HINT long."""
    return " ".join(NOT_SAID.sub(" ", words).split())[:LONGEST_HINT]


def _say_all(verb: VoiceResponse | Gather, book: Book, said: tuple[Saying, ...], *, slowly: bool) -> None:
    for saying in said:
        voice = _voice(book, saying.language)
        say = Say(voice=voice.name, language=voice.locale)
        words: Any = say.prosody(rate=SLOW_RATE) if slowly else say
        left = MAX_SAY
        for number, phrase in enumerate(saying.phrases):
            if number:
                words.break_(time=BETWEEN_PHRASES)
            words.append(clean(phrase)[:left])
            left -= len(phrase)
        verb.append(say)


def _voice(book: Book, language: str) -> Voice:
    """Return the voice of a language, or of the book's first one if it no longer has this one."""
    return book.voices.get(language) or book.voices[book.languages[0]]
