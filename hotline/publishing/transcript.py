"""Plays a conversation and writes it down in plain text that can be read aloud.

    A child who needs special teaching most days.

    Parent: hi
    Hotline: Parent Hotline: free help for parents ...

    Parent: 1
    Hotline: Which age group is your child in? Reply:
             1 Under 3
             ...

    (4 days later)
    Hotline: Did you send your request yet? ...

After the title may stand `Language: es`, for a person who has chosen that language before.

The lines of the parent are the script; the rest is what the hotline said to it. On a call they read
`Caller: (calls)`, `(presses 1)`, `(says) one`, `(silent)`, `(hangs up)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hotline.channels import sms, voice
from hotline.conversation.book import Book
from hotline.conversation.engine import step
from hotline.conversation.model import (
    Cancel,
    Channel,
    Event,
    FollowUp,
    HangUp,
    Kind,
    Reply,
    Session,
    StopAll,
)
from hotline.conversation.segments import count

BEGINNING = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""When every transcript begins, so that it reads the same each time."""

LATER = re.compile(r"\((\d+) (minute|hour|day)s? later\)")
KEYS, SPEECH = re.compile(r"\(presses ([0-9*#]+)\)"), re.compile(r"\(says\) (.*)")
CALLED, SILENT, HUNG_UP = "(calls)", "(silent)", "(hangs up)"
LANGUAGE = "Language: "
INDENT = " " * len("Hotline: ")


@dataclass(slots=True)
class Playing:
    """A conversation while it is played: where the person is, what waits, what time it is."""

    book: Book
    session: Session = field(default_factory=Session)
    now: datetime = BEGINNING
    waiting: list[tuple[datetime, str]] = field(default_factory=list)
    events: int = 0
    segments: int = 0

    def take(self, channel: Channel, kind: Kind, text: str = "") -> tuple[str, ...]:
        """Takes an event; returns what is said to it, one text after another."""
        self.events += 1
        turn = step(self.book, self.session, Event(str(self.events), self.now, channel, kind, text))
        self.session = Session.from_json(turn.session.as_json())
        for effect in turn.effects:
            match effect:
                case FollowUp(reminder=reminder, after=after):
                    self.waiting = [w for w in self.waiting if w[1] != reminder]
                    self.waiting.append((self.now + after, reminder))
                case Cancel(reminders=reminders):
                    self.waiting = [w for w in self.waiting if w[1] not in reminders]
                case StopAll():
                    self.waiting.clear()
                case _:
                    pass  # nothing that is said later
        return self._said(channel, turn.replies)

    def due(self, until: datetime) -> Iterator[str]:
        """Moves the clock to `until`; yields the follow-ups that leave by then, in order."""
        while self.waiting and min(self.waiting)[0] <= until:
            first = min(self.waiting)
            self.waiting.remove(first)
            self.now = max(self.now, first[0])
            yield from self.take(Channel.SMS, Kind.DUE, first[1])
        self.now = until

    def _said(self, channel: Channel, replies: tuple[Reply, ...]) -> tuple[str, ...]:
        if channel is Channel.VOICE:
            ends = ("(hangs up)",) if HangUp() in replies else ()
            said = (words for words, _ in voice.spoken(self.book, self.session, replies))
            return (*said, *ends)
        bodies = sms.bodies(self.book, self.session.language, replies)
        self.segments += sum(count(body) for body in bodies)
        return bodies


def play(book: Book, transcript: str) -> str:
    """The transcript played again: its title and the person's lines kept, the rest as it is now.

    Raises ValueError, with the line, when a line of the person or the language cannot be read.
    """
    title, _, body = transcript.partition("\n\n")
    playing, written = Playing(book, Session(language=_language(book, title))), [title.strip()]
    for line in body.splitlines():
        if (later := LATER.fullmatch(line)) is not None:
            until = playing.now + timedelta(**{later[2] + "s": int(later[1])})
            written += [f"\n{line}", *map(_hotline, playing.due(until))]
        elif line.startswith(("Parent: ", "Caller: ")):
            who, _, said = line.partition(": ")
            written += [f"\n{line}", *map(_hotline, playing.take(*_read(who, said)))]
            written += map(_hotline, playing.due(playing.now))
    if playing.segments:
        written.append(f"\n({playing.segments} segments out)")
    return "\n".join(written) + "\n"


def _language(book: Book, title: str) -> str:
    """The language that stands under the title; else the first."""
    for line in title.splitlines()[1:]:
        if line.startswith(LANGUAGE):
            language = line.removeprefix(LANGUAGE).strip()
            if language not in book.languages:
                raise ValueError(f"{line!r}: the languages are {', '.join(book.languages)}")
            return language
    return book.languages[0]


def _read(who: str, said: str) -> tuple[Channel, Kind, str]:
    if who == "Parent":
        return Channel.SMS, Kind.SAID, said
    if keys := KEYS.fullmatch(said):
        return Channel.VOICE, Kind.PRESSED, keys[1]
    if speech := SPEECH.fullmatch(said):
        return Channel.VOICE, Kind.HEARD, speech[1]
    if said in (CALLED, SILENT, HUNG_UP):
        kinds = {CALLED: Kind.OPENED, SILENT: Kind.SILENT, HUNG_UP: Kind.LEFT}
        return Channel.VOICE, kinds[said], ""
    raise ValueError(f"{said!r}: a caller (calls), (presses 1), (says) words, is (silent) or (hangs up)")


def _hotline(text: str) -> str:
    first, *others = text.splitlines()
    return "\n".join([f"Hotline: {first}", *(f"{INDENT}{line}".rstrip() for line in others)])
