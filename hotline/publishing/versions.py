"""The books of a live service: the one for new conversations, and those that people are half way through.

Rule 1: a broken edit never reaches anybody. The last good book stays, and `problem` says why.
Rule 2: an edit is read when the files have stood still from one look to the next, so that a copy
        that is under way is not taken for an edit.
Rule 3: an answer is read by the book that asked. Whoever is half way through an older book finishes
        in it; all others go on in the current one.
Rule 4: without an Archive older books are known to this process alone, until it ends.
Rule 5: a process that starts while the flows are broken serves the book that was current last, if an Archive has it, else
        the one that comes with the service. Parents are answered in words that a lawyer has read, and `problem` and
        `serves` say which.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.states import Book, Question
from hotline.conversation.engine.transitions import holds
from hotline.conversation.model.events import FlowError
from hotline.conversation.model.session import Session
from hotline.log import log
from hotline.publishing.lint.check import SAMPLE_NAMES, refuse_unfit
from hotline.publishing.loader import book_for
from hotline.publishing.version_files import Archive, sources

LOOK_EVERY_SECONDS = 2.0
"""Between looks at the files. A look costs a stat for each; an edit is live after two."""

MARK_EVERY_SECONDS = 3600.0
"""How often the archive is told that a book is still current; small beside the days it keeps one."""

KEEP = timedelta(days=7)
"""How long an older book is kept: as long as a session lives, so nobody is left half way."""

MOST_IN_MEMORY = 8
"""Older books held in memory. The rest are read from the archive again when somebody needs one."""

PLACE = re.compile(r"(?P<path>[\w/-]+\.(?:toml|po))(?: \[(?P<state>\w+)\])?")
"""Where a FlowError says that the fault is."""

LAST_GOOD, OWN = "the last good ones are served", "those that come with the service are served in their place"
"""What parents get while the flows in the folder are broken (Rules 1 and 5)."""

Load = Callable[[Path], Book]
Stamp = tuple[tuple[str, int, int], ...]


class Shelf:
    """The books of one process. Safe to use from several threads.

    `load` reads a book from a folder and raises FlowError; `judge` raises it for an edit that can be
    read and should not be; `clock` gives seconds that only go forward; `own` is the folder of the flows that come with
    the service. Making one raises what `load` does when `folder` is broken, the archive has no book, and there is no
    `own`, or it is `folder` itself.
    """

    problem = ""
    """What is wrong with the flows in the folder, where and what would be right; "" when nothing is."""

    serves = LAST_GOOD
    """What parents get while there is a problem."""

    def __init__(
        self,
        folder: Path,
        load: Load,
        archive: Archive | None = None,
        clock: Callable[[], float] = time.monotonic,
        judge: Callable[[Path], None] | None = None,
        own: Path | None = None,
    ) -> None:
        self._folder, self._load, self._archive, self._clock = folder, load, archive, clock
        self._judge, self._own = judge, own
        self._older: dict[str, Book] = {}
        self._looking, self._unpacking = threading.Lock(), threading.Lock()
        self._look_at, self._mark_at = clock() + LOOK_EVERY_SECONDS, clock() + MARK_EVERY_SECONDS
        self._seen = self._read = _stamp(folder)
        try:
            self._book = load(folder)
        except Exception as wrong:  # noqa: BLE001 -- Rule 5, also when the reader itself is at fault
            self._book = self._last_good(wrong)
            self._refuse(wrong)
        else:
            self._keep()

    def current(self) -> Book:
        """The book for new conversations. Looks at the files when it is time to; never raises."""
        if self._clock() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look_at = self._clock() + LOOK_EVERY_SECONDS
                self._look()
            finally:
                self._looking.release()
        return self._book

    def place(self, session: Session) -> tuple[Book, Session]:
        """The book that this session goes on in, and the session, which now says so."""
        book = self.for_session(session)
        return book, session if session.book == book.version else replace(session, book=book.version)

    def for_session(self, session: Session) -> Book:
        """The book that the session began with while the person is half way through it and it is
        kept; else the current one.
        """
        current = self.current()
        if session.book in ("", current.version):
            return current
        begun = self.kept(session.book)
        return begun if begun and _half_way(session, begun, current) else current

    def kept(self, version: str) -> Book | None:
        """The book of this version, if it is still kept. Names that fill its texts are today's."""
        if version == self._book.version:
            return self._book
        if version not in self._older and self._archive:
            with self._unpacking:
                if version not in self._older and (book := self._unpack(self._archive, version)):
                    self._put_by(book)
        return self._older.get(version)

    def _look(self) -> None:
        try:
            stamp = _stamp(self._folder)
        except OSError:
            return  # a file went while we looked: they do not stand still
        if stamp == self._read:
            self._mark()
        elif stamp != self._seen:
            self._seen = stamp
        else:
            self._read = stamp
            self._read_again()

    def _read_again(self) -> None:
        try:
            book = self._load(self._folder)
            if self._judge:
                self._judge(self._folder)
        except Exception as wrong:  # noqa: BLE001 -- Rule 1, also when the reader itself is at fault
            self._refuse(wrong)
            return
        self.problem, self.serves = "", LAST_GOOD
        if book.version != self._book.version:
            self._put_by(self._book)
            self._book = book
            self._keep()
        log.info("book_published", count=len(book.states))

    def _refuse(self, wrong: Exception) -> None:
        """Says what is wrong: in full to status, and where it is to the log, which takes no sentences."""
        known = isinstance(wrong, FlowError | OSError)
        self.problem = str(wrong) if known else f"the reader failed with {type(wrong).__name__}: {wrong}"
        found = PLACE.search(self.problem)
        where = {key: value for key, value in found.groupdict().items() if value} if found else {}
        log.error("flows_refused", error=type(wrong).__name__, **where)

    def _last_good(self, wrong: Exception) -> Book:
        """The book for a process that starts while the flows are broken (Rule 5)."""
        if self._archive:
            for version in self._archive.versions():
                if book := self._unpack(self._archive, version):
                    return book
        if self._own is None or self._own.resolve() == self._folder.resolve():
            raise wrong
        self.serves = OWN
        log.error("own_flows_served", error=type(wrong).__name__)
        return self._load(self._own)

    def _unpack(self, archive: Archive, version: str) -> Book | None:
        with archive.unpacked(version) as folder:
            if folder is None:
                return None
            try:
                return replace(self._load(folder), version=version)
            except FlowError:
                log.warning("older_book_refused", reason="the_reader_has_changed")
                return None

    def _put_by(self, book: Book) -> None:
        self._older.pop(book.version, None)
        self._older[book.version] = book
        if len(self._older) > MOST_IN_MEMORY:
            del self._older[next(iter(self._older))]

    def _keep(self) -> None:
        if self._archive:
            try:
                self._archive.put(self._book.version, self._folder)
            except OSError as error:
                log.warning("book_not_kept", error=type(error).__name__)

    def _mark(self) -> None:
        if self._archive and self._clock() >= self._mark_at:
            self._mark_at = self._clock() + MARK_EVERY_SECONDS
            try:
                self._archive.still_current(self._book.version)
            except OSError:
                self._mark_lost()

    def _mark_lost(self) -> None:
        """Somebody emptied the archive. What the folder holds is kept again, if it is what we serve."""
        if not self.problem:
            self._keep()


def open_shelf(settings: Settings) -> Shelf:
    """The books that these settings ask for. Raises FlowError, as `Shelf` does."""

    def load(folder: Path) -> Book:
        return book_for(replace(settings, flows_dir=folder))

    archive = Archive(settings.books_dir, KEEP) if settings.books_dir else None
    judge = partial(refuse_unfit, names=SAMPLE_NAMES)
    return Shelf(settings.flows_dir, load, archive, judge=judge, own=OWN_FLOWS)


def _half_way(session: Session, begun: Book, current: Book) -> bool:
    """Whether the person is in the middle of questions, or at one that now offers other choices."""
    if holds(begun, session.state) or holds(begun, session.paused):
        return True
    asked, now = begun.states.get(session.state), current.states.get(session.state)
    if not isinstance(asked, Question):
        return False
    return not isinstance(now, Question) or _offered(asked) != _offered(now)


def _offered(question: Question) -> tuple[str, ...]:
    """What an answer may be, in the order of the keys."""
    return (*(choice.name for choice in question.choices), question.takes)


def _stamp(folder: Path) -> Stamp:
    """What changes when a file of the folder does. Raises OSError when one goes meanwhile."""
    stats = ((str(path), path.stat()) for path in sources(folder))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
