"""Play a conversation and write it as plain text that can be read aloud.

    A child who needs special teaching most days.

    Parent: hi
    Hotline: Parent Hotline: free help for parents ...

    Parent: 1
    Hotline: Which age group is your child in? Reply:
             1 Under 3
             ...

    (4 days later)
    Hotline: Did you send your request yet? ...

The title may be followed by initial facts: `Language: es`, the person's chosen language; `Line: texts`,
`unsure`, `landline` or `hidden`, what a caller's number can do; `Staff: open`, if the center's staff can be
called; `Requests: unseen`, if no one at the center would see a request for a callback.

An opening that another transcript writes out is not repeated: `Begins: as special_teaching.txt, to how_often` plays
that one's lines until the question `how_often` is open, and shows only that question.

The parent's lines are the script; the rest is the hotline's replies. On a call they read
`Caller: (calls)`, `(presses 1)`, `(says) one`, `(silent)`, `(hangs up)`; `(staff: joined)` or
`(staff: missed)` once the staff's phone has rung, and `(leaves a message)`. Texts sent meanwhile read `By text:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.names import unknown
from hotline.conversation.engine.call_events import JOINED
from hotline.conversation.engine.speech import sayings
from hotline.conversation.engine.step import step
from hotline.conversation.model import session_json
from hotline.conversation.model.events import (
    Cancel,
    Channel,
    Erase,
    Event,
    EventKind,
    FollowUp,
    HangUp,
    LineType,
    Reply,
    StopAll,
    TakeMessage,
    TextThis,
    Transfer,
)
from hotline.conversation.model.links import with_links
from hotline.conversation.model.segments import count
from hotline.conversation.model.session import Session

WORDLESS: dict[type[Reply], str] = {
    HangUp: "hangs up",
    Transfer: "rings the staff",
    TakeMessage: "records",
}
"""Replies without speech."""

BEGINNING = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""The start time of every transcript, so that it reads the same each time."""

LATER = re.compile(r"\((\d+) (minute|hour|day)s? later\)")
KEYS, SPEECH = re.compile(r"\(presses ([0-9*#]+)\)"), re.compile(r"\(says\) (.*)")
MOVES: dict[str, tuple[EventKind, str]] = {
    "(calls)": (EventKind.OPENED, ""),
    "(silent)": (EventKind.SILENT, ""),
    "(hangs up)": (EventKind.LEFT, ""),
    "(staff: joined)": (EventKind.DIALED, JOINED),
    "(staff: missed)": (EventKind.DIALED, "missed"),
    "(leaves a message)": (EventKind.RECORDED, "RE0"),
}
HIDDEN = "hidden"
BEGINS = "Begins"
FACTS = ("Language", "Line", "Staff", "Requests", BEGINS)
OPENING = re.compile(r"as (\S+\.txt), to (\w+)")

SAMPLE_LINK = f"https://hotline.example.org/l/{'x' * 56}"
"""Placeholder in a transcript for the link to a finished letter, and as long."""


@dataclass(slots=True)
class Playing:
    """A conversation in progress: the session, waiting follow-ups, and the time."""

    book: Book
    session: Session = field(default_factory=Session)
    reachable: bool = True
    staffed: bool = False
    requests_seen: bool = True
    now: datetime = BEGINNING
    waiting: dict[str, datetime] = field(default_factory=dict)
    """When each waiting reminder is due, by its name."""
    days: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """The days and marks each waiting reminder was planned with, by its name."""
    texted: list[str] = field(default_factory=list)
    """Texts requested in a call, to be sent now."""
    events: int = 0
    segments: int = 0

    def take(self, channel: Channel, kind: EventKind, text: str = "") -> tuple[str, ...]:
        """Process an event and return the replies, one string per text."""
        self.events += 1
        id = str(self.events)
        event = Event(
            id,
            self.now,
            channel,
            kind,
            text,
            self.reachable,
            self.staffed,
            requests_seen=self.requests_seen,
            days=self.days.get(text, ()) if kind is EventKind.DUE else (),
        )
        turn = with_links(step(self.book, self.session, event), lambda _: SAMPLE_LINK)
        self.session = session_json.decode(session_json.encode(turn.session))
        for effect in turn.effects:
            match effect:
                case FollowUp(reminder=reminder, keep=True) if reminder in self.waiting:
                    pass
                case FollowUp(reminder=reminder, after=after, days=days):
                    self.waiting[reminder], self.days[reminder] = self.now + after, days
                case Cancel(reminders=reminders):
                    for reminder in reminders:
                        self.waiting.pop(reminder, None)
                case StopAll() | Erase():
                    self.waiting.clear()
                case TextThis(tells=tells):
                    self.texted += (sms.body(self.book, self.session.language, tells),)
                case _:
                    pass  # sends nothing later
        return self._said(channel, turn.replies)

    def due(self, until: datetime) -> Iterator[str]:
        """Move the clock to `until` and yield the texts sent by then, in order."""
        yield from self.texted
        self.texted = []
        while self.waiting and min(self.waiting.values()) <= until:
            due, reminder = min((due, reminder) for reminder, due in self.waiting.items())
            del self.waiting[reminder]
            self.now = max(self.now, due)
            yield from self.take(Channel.SMS, EventKind.DUE, reminder)
        self.now = until

    def _said(self, channel: Channel, replies: tuple[Reply, ...]) -> tuple[str, ...]:
        if channel is Channel.VOICE:
            said = (saying.words for saying in sayings(self.book, self.session.language, replies))
            return (*said, *(f"({WORDLESS[type(r)]})" for r in replies if type(r) in WORDLESS))
        bodies = sms.bodies(self.book, self.session.language, replies)
        self.segments += sum(count(body) for body in bodies)
        return bodies


def play(book: Book, transcript: str, others: Mapping[str, str] = MappingProxyType({})) -> str:
    """Play a transcript again; return its title and the person's lines, with the current replies.

    `others` are the transcripts that this one may begin as, by their files' names. Raise ValueError if one of the
    person's lines or a fact below the title is invalid.
    """
    title, _, body = transcript.partition("\n\n")
    facts = _facts(title)
    playing, written = _begun(book, facts), [title.strip()]
    if BEGINS in facts:
        written += _opened(playing, facts, others)
    for line in body.splitlines():
        replies, texted = _turn(playing, line)
        written += (*replies, *texted)
    if playing.segments:
        written.append(f"\n({playing.segments} segments out)")
    return "\n".join(written) + "\n"


def _turn(playing: Playing, line: str) -> tuple[list[str], list[str]]:
    """Play a line, and return it with the replies, and what is texted at once besides them.

    Both are empty if the line is not the person's or the clock's.
    """
    if (later := LATER.fullmatch(line)) is not None:
        until = playing.now + timedelta(**{later[2] + "s": int(later[1])})
        return [f"\n{line}", *map(_hotline, playing.due(until))], []
    if not line.startswith(("Parent: ", "Caller: ")):
        return [], []
    who, _, said = line.partition(": ")
    channel, kind, text = _read(who, said)
    by_text = partial(_line, "By text: ") if channel is Channel.VOICE else _hotline
    replies = [f"\n{line}", *map(_hotline, playing.take(channel, kind, text))]
    return replies, [*map(by_text, playing.due(playing.now))]


def _opened(playing: Playing, facts: dict[str, str], others: Mapping[str, str]) -> list[str]:
    """Play the opening that is written in another transcript, and return its last reply and what follows on that."""
    if (begins := OPENING.fullmatch(facts[BEGINS])) is None:
        raise ValueError(f"{BEGINS}: {facts[BEGINS]}: write as FILE.txt, to QUESTION")
    name, question = begins.groups()
    where = f"{BEGINS}: as {name}, to {question}"
    if name not in others:
        raise ValueError(f"{where}: {unknown('file beside this one', name, others)}")
    title, _, body = others[name].partition("\n\n")
    theirs = _facts(title)
    if BEGINS in theirs:
        raise ValueError(f"{where}: {name} itself begins {theirs[BEGINS]}; name a file that is written out")
    if theirs != (own := {fact: facts[fact] for fact in facts if fact != BEGINS}):
        raise ValueError(
            f"{where}: its facts are {theirs}, here they are {own}; write the same below the title"
        )
    reached: list[str] = []
    for line in body.splitlines():
        replies, texted = _turn(playing, line)
        if replies and playing.session.state == question:
            return [f"\n{replies[-1]}", *texted]
        reached += [playing.session.state] if replies else []
    raise ValueError(f"{where}: {name} never gets there; it reaches {', '.join(dict.fromkeys(reached))}")


def _facts(title: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in title.splitlines()[1:] if ": " in line)


def _begun(book: Book, facts: dict[str, str]) -> Playing:
    """Return a new conversation with the facts that follow the title. Raise ValueError if one is invalid."""
    if odd := next((fact for fact in facts if fact not in FACTS), None):
        raise ValueError(f"{odd}: below the title stand {', '.join(FACTS)}")
    language, line = facts.get("Language", book.languages[0]), facts.get("Line", LineType.UNKNOWN)
    if language not in book.languages:
        raise ValueError(f"Language: {language}: the languages are {', '.join(book.languages)}")
    if line not in (*LineType, HIDDEN):
        raise ValueError(f"Line: {line}: a line is {', '.join((*LineType, HIDDEN))}")
    kind = LineType.UNKNOWN if line == HIDDEN else LineType(line)
    session = Session(language=language, line=kind)
    return Playing(
        book,
        session,
        reachable=line != HIDDEN,
        staffed=facts.get("Staff") == "open",
        requests_seen=facts.get("Requests") != "unseen",
    )


def _read(who: str, said: str) -> tuple[Channel, EventKind, str]:
    if who == "Parent":
        return Channel.SMS, EventKind.SAID, said
    if keys := KEYS.fullmatch(said):
        return Channel.VOICE, EventKind.PRESSED, keys[1]
    if speech := SPEECH.fullmatch(said):
        return Channel.VOICE, EventKind.SPOKEN, speech[1]
    if said in MOVES:
        return Channel.VOICE, *MOVES[said]
    raise ValueError(f"{said!r}: a caller (presses 1), (says) words, or does one of {', '.join(MOVES)}")


def _hotline(text: str) -> str:
    return _line("Hotline: ", text)


def _line(who: str, text: str) -> str:
    first, *others = text.splitlines()
    return "\n".join([f"{who}{first}", *(f"{' ' * len(who)}{line}".rstrip() for line in others)])
