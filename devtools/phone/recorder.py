"""What each person did at their phone, and the transcript of it in the form of tests/conversations.

Rule 1: what was done is noted; what was said to it is played again, so that the file is as `make accept` writes
        it, and a bug that a person found becomes a test.
Rule 2: a clock that was moved is time that passed; time that passes by itself is not.
Rule 3: kept in memory, for the last MOST_NOTES things a phone did.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from hotline.conversation.book.states import Book
from hotline.publishing.lint.transcript import play

CALLER = "Caller: "
CALLED = f"{CALLER}(calls)"
JOINED, MISSED = f"{CALLER}(staff: joined)", f"{CALLER}(staff: missed)"
LINES = {"mobile": "texts", "landline": "landline", "anonymous": "hidden"}
"""What a transcript calls each kind of line, as the service finds it out."""
HIDDEN = "anonymous"
"""Who hides their number is somebody new with each call."""

MOST_NOTES = 2000
"""Far more than a conversation has. A script that texts for days does not fill the memory."""

UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
NOT_NAMED = re.compile(r"[^a-z0-9]+")
UNTITLED = "Played on the phone in the browser."


class CannotBePlayed(Exception):
    """What was done has no line in a transcript. The message says what."""


class NothingPlayed(Exception):
    """Nothing was done on this phone yet."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a transcript, and how far the service's clock was moved when it was done."""

    line: str
    moved: timedelta


class Played:
    """What was done, by phone number. Safe to use from many threads."""

    def __init__(self, moved: Callable[[], timedelta]) -> None:
        """`moved` tells how far the service's clock is moved now."""
        self._moved = moved
        self._notes: dict[str, deque[Note]] = {}
        self._noting = threading.Lock()

    def texted(self, number: str, body: str) -> None:
        """A text, as one line."""
        self._note(number, f"Parent: {' '.join(body.split())}")

    def called(self, number: str) -> None:
        """A call began."""
        self._note(number, CALLED)

    def pressed(self, number: str, keys: str) -> None:
        """Keys were pressed."""
        self._note(number, f"{CALLER}(presses {keys})")

    def spoke(self, number: str, words: str) -> None:
        """Words were said."""
        self._note(number, f"{CALLER}(says) {' '.join(words.split())}")

    def silent(self, number: str) -> None:
        """Neither keys nor words came."""
        self._note(number, f"{CALLER}(silent)")

    def recorded(self, number: str, words: str) -> None:
        """A voicemail was left; one without words is silence to the hotline."""
        self._note(number, f"{CALLER}{'(leaves a message)' if words.strip() else '(silent)'}")

    def joined(self, number: str) -> None:
        """The caller was put through."""
        self._note(number, JOINED)

    def missed(self, number: str) -> None:
        """Nobody took the call that the caller was to be put through to."""
        self._note(number, MISSED)

    def hung_up(self, number: str) -> None:
        """The caller hung up."""
        self._note(number, f"{CALLER}(hangs up)")

    def script(self, number: str, title: str, kind: str) -> str:
        """The person's lines, with the time between them where the clock was moved. `kind` is their line's."""
        with self._noting:
            notes = tuple(self._notes.get(number, ()))
        if kind == HIDDEN:
            notes = _of_last_call(notes)
        lines = [" ".join(title.split()) or UNTITLED, *_known(notes, kind), ""]
        before = notes[0].moved if notes else timedelta()
        for note in (*notes, Note("", self._moved())):
            lines += _later(note.moved - before)
            lines += [note.line] if note.line else []
            before = note.moved
        return "\n".join(lines) + "\n"

    def transcript(self, number: str, title: str, kind: str, book: Book) -> str:
        """What was played on this phone, played again in `book`. Raises NothingPlayed and CannotBePlayed."""
        if number not in self._notes:
            raise NothingPlayed("nothing was played on this phone yet")
        try:
            return play(book, self.script(number, title, kind))
        except ValueError as wrong:
            raise CannotBePlayed(str(wrong)) from wrong

    def _note(self, number: str, line: str) -> None:
        with self._noting:
            self._notes.setdefault(number, deque(maxlen=MOST_NOTES)).append(Note(line, self._moved()))


def file_name(title: str) -> str:
    """A name for the file, from its title: `a_landline_asks_for_texts.txt`."""
    words: Iterable[str] = NOT_NAMED.sub(" ", title.lower()).split()
    return "_".join(list(words)[:8] or ["played"]) + ".txt"


def _of_last_call(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    began = max((at for at, note in enumerate(notes) if note.line == CALLED), default=0)
    return notes[began:]


def _known(notes: tuple[Note, ...], kind: str) -> Iterator[str]:
    """What stands under the title: what the service knew besides what the person did."""
    done = {note.line for note in notes}
    if any(line.startswith(CALLER) for line in done):
        yield f"Line: {LINES.get(kind, 'unknown')}"
    if done & {JOINED, MISSED}:
        yield "Staff: open"


def _later(moved: timedelta) -> Iterator[str]:
    """A line for time that passed, in the largest unit that says it, in whole minutes."""
    minutes = -(-moved // timedelta(minutes=1))
    for name, unit in UNITS:
        count, rest = divmod(timedelta(minutes=minutes), unit)
        if count and not rest:
            yield ""
            yield f"({count} {name}{'' if count == 1 else 's'} later)"
            return
