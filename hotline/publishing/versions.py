"""The books of a running service: the current one, and older ones with sessions in progress.

Rule 1: an invalid edit is never served. The last good book stays, and `problem` says why.
Rule 2: an edit is loaded once the files have not changed between two polls, so that a copy in
        progress is not taken for an edit. An overlay published at the desk changes as a whole, so it is
        loaded at the first poll.
Rule 3: an answer is interpreted by the book that asked. A session in the middle of an older book's
        questions finishes in it; all others continue in the current one.
Rule 4: a process that starts while the flows are invalid serves the most recently current book that is
        stored. Without one it serves the flows themselves if they load, because other texts would take the
        center's own away; or else the flows without the overlays, or else the bundled flows, so that parents get
        texts that a lawyer has reviewed. `problem` and `serves` report this.
Rule 5: every process checks what it loads, except the bundled flows, the book that the desk checked before
        publishing it and, at a start, books that are stored, because only those that passed are.
Rule 6: files are read once per edit, and that snapshot is loaded, checked, stored and served. A file that changes
        meanwhile is part of the next edit.
Rule 7: if the names that fill the texts change, the current book is loaded again at once, and sessions in the
        middle of it continue in the new one.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.asides import must_return_to
from hotline.conversation.model.events import FlowError
from hotline.conversation.model.session import Session
from hotline.log import log
from hotline.publishing.lint.check import SAMPLE_NAMES, refuse_unfit
from hotline.publishing.loader import book_for
from hotline.publishing.overlay_folder import NOTHING, Overlaid, Overlays, Published
from hotline.publishing.overlay_merge import Conflict
from hotline.publishing.sources import Sources, Stamp, stamp
from hotline.publishing.stored_versions import BookStore, FolderOfBooks, StoredVersions

LOOK_EVERY_SECONDS = 2.0
"""The poll interval. A poll costs one stat per file; an edit is live after two polls."""

MARK_EVERY_SECONDS = 3600.0
"""How often to store the current book again, which marks it as current; short compared with KEEP."""

PLACE = re.compile(r"(?P<path>[\w/-]+\.(?:toml|po))(?: \[(?P<state>\w+)\])?")
"""Matches the location in a FlowError's message."""

LAST_GOOD, OWN = "the last valid ones are served", "the built-in ones are served instead"
"""Descriptions of the flows served while those in the folder are invalid (Rules 1 and 4)."""

UNCHECKED = "they are served anyway, because no earlier ones are stored"
"""The description of flows that load but do not pass the checks (Rule 4)."""

WITHOUT_OVERLAY = "the flows are served without the center's own words"

Load = Callable[[Sources], Book]
Names = Mapping[str, str]


class Versions:
    """The books of one process. Thread-safe.

    `load` reads a book from sources and raises FlowError; `judge` raises it for an edit that loads but
    should not be served; `clock` returns monotonic seconds; `own` is the folder of the bundled flows; `names`
    returns what fills the texts' placeholders; `overlays` go on top of the flows in `folder`.
    The constructor raises what `load` raises if `folder` is invalid, no book is stored in `stores`, and `own` is
    None or the same folder.
    """

    problem = ""
    """The error in the folder's flows, with its location and the fix; "" if there is none."""

    serves = LAST_GOOD
    """A description of the flows served while there is a problem."""

    conflicts: tuple[Conflict, ...] = ()
    """The conflicts of the overlays with the flows."""

    def __init__(
        self,
        folder: Path,
        load: Load,
        stores: tuple[BookStore, ...] = (),
        clock: Callable[[], float] = time.monotonic,
        judge: Callable[[Sources], None] | None = None,
        own: Path | None = None,
        names: Callable[[], Names] = dict,
        overlays: Overlays | None = None,
    ) -> None:
        self._folder, self._load, self._clock = folder, load, clock
        self._judge, self._own, self._names = judge, own, names
        self._named = names()
        self.overlays = overlays or Overlays()
        self._stored = StoredVersions(load, stores)
        self._looking = threading.Lock()
        self._look_at, self._mark_at = clock() + LOOK_EVERY_SECONDS, clock() + MARK_EVERY_SECONDS
        self._seen = self._read = self.stamp()
        self._published = self.overlays.published()
        found, book = None, None
        try:
            found = self.overlays.on(folder, self._published)
            book = load(found.sources)
            self._check(book, found.sources, starting=True)
        except Exception as wrong:  # noqa: BLE001 -- Rule 4, also on a bug in the loader
            self._book, self._sources = self._last_good(wrong, book, found)
            self._refuse(wrong)
        else:
            self._book, self._sources, self.conflicts = book, found.sources.of_book(), found.conflicts
            self._stored.store(self._book, self._sources)

    def current(self) -> Book:
        """Return the book for new conversations. Poll the files if the interval has passed; never raise."""
        if self._clock() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look_at = self._clock() + LOOK_EVERY_SECONDS
                self._look()
            finally:
                self._looking.release()
        return self._book

    def place(self, session: Session) -> tuple[Book, Session]:
        """Return the book for this session, and the session updated with the book's version."""
        book = self.for_session(session)
        return book, session if session.book == book.version else replace(session, book=book.version)

    def for_session(self, session: Session) -> Book:
        """Return the book that the session started with if it is in the middle of its questions.

        Otherwise, or if that book is no longer stored, return the current one.
        """
        current = self.current()
        if session.book in ("", current.version):
            return current
        begun = self.stored(session.book)
        return begun if begun and _half_way(session, begun, current) else current

    def stored(self, version: str) -> Book | None:
        """Return the book of this version with current names in its texts; None if it is not stored."""
        if version == self._book.version:
            return self._book
        return self._stored.get(version)

    @property
    def in_force(self) -> Sources:
        """The sources in force, with the overlays: of the current book, and of the letters and pages."""
        return self._sources

    def _look(self) -> None:
        try:
            stamp = self.stamp()
        except OSError:
            return  # a file was removed during the poll: the files are still changing
        published = self.overlays.published()
        if stamp == self._read and published.number != self._published.number:
            self._read_again(published)
        elif stamp == self._read and (names := self._names()) != self._named:
            self._rename(names)
        elif stamp == self._read:
            self._mark()
        elif stamp != self._seen:
            self._seen = stamp
        else:
            self._read = stamp
            self._read_again(published)

    def _rename(self, names: Names) -> None:
        """Load the current book again, with other names in its texts (Rule 7)."""
        self._named = names
        try:
            book = self._load(self._sources)
            if not self.problem:
                self._stored.store(book, self._sources)
        except Exception as wrong:  # noqa: BLE001 -- also on a bug in the loader: the earlier names stay
            log.error("names_refused", error=type(wrong).__name__)
            return
        self._stored.forget()  # so that stored books are loaded again with the new names
        self._book = book

    def _read_again(self, published: Published) -> None:
        self._published, names = published, self._names()
        try:
            found = self.overlays.on(self._folder, published)
            book = self._load(found.sources)
            self._check(book, found.sources)
            self.problem, self.serves, self.conflicts = "", LAST_GOOD, found.conflicts
            self._sources, self._named = found.sources.of_book(), names
            if book.version != self._book.version:
                self._stored.put(self._book)
                self._book = book
            self._stored.store(self._book, self._sources)
        except Exception as wrong:  # noqa: BLE001 -- Rule 1, also on a bug in the loader
            self._refuse(wrong)
            return
        log.info("book_published", count=len(book.states))

    def _check(self, book: Book, sources: Sources, *, starting: bool = False) -> None:
        """Raise what `judge` raises for this book, unless it was checked before (Rule 5)."""
        bundled = self._own is not None and Sources.read(self._own).files == sources.files
        checked = self._stored.versions() if starting else ()
        if self._judge and not bundled and book.version not in (self._published.judged, *checked):
            self._judge(sources)

    def _refuse(self, wrong: Exception) -> None:
        """Store the full error for /status; log only its location, because the log accepts no sentences."""
        known = isinstance(wrong, FlowError | OSError)
        self.problem = str(wrong) if known else f"the reader failed with {type(wrong).__name__}: {wrong}"
        found = PLACE.search(self.problem)
        where = {key: value for key, value in found.groupdict().items() if value} if found else {}
        log.error("flows_refused", error=type(wrong).__name__, **where)

    def _last_good(
        self, wrong: Exception, loaded: Book | None, found: Overlaid | None
    ) -> tuple[Book, Sources]:
        """Return the fallback book and its sources at startup when the flows are invalid (Rule 4), or raise `wrong`.

        `loaded` is the book of `found` if only the checks refuse it.
        """
        if latest := self._stored.latest():
            return latest
        if loaded and found:
            self.serves, self.conflicts = UNCHECKED, found.conflicts
            return loaded, found.sources.of_book()
        if self._published.overlay or self.overlays.file:
            try:
                sources = Sources.read(self._folder)
                book, self.serves = self._load(sources), WITHOUT_OVERLAY
            except Exception:  # noqa: BLE001 -- the overlay is not the cause
                self.serves = LAST_GOOD
            else:
                return book, sources.of_book()
        if self._own is None or self._own.resolve() == self._folder.resolve():
            raise wrong
        self.serves = OWN
        log.error("own_flows_served", error=type(wrong).__name__)
        sources = Sources.read(self._own)
        return self._load(sources), sources.of_book()

    def _mark(self) -> None:
        if self._clock() >= self._mark_at:
            self._mark_at = self._clock() + MARK_EVERY_SECONDS
            if self.serves == LAST_GOOD:
                self._stored.store(self._book, self._sources)

    def stamp(self) -> Stamp:
        """Return a stamp that changes when any file does. Raise OSError if a file is removed during the call."""
        return (*stamp(self._folder), *self.overlays.stamp())


def open_versions(
    settings: Settings,
    shared: BookStore | None = None,
    now: Callable[[], Settings] | None = None,
    published: Callable[[], Published] = lambda: NOTHING,
    *,
    reads: bool = True,
) -> Versions:
    """Return the versions for these settings, with the books that other machines share, if any.

    `now` returns the settings in force, and `published` the overlay published at the desk. `reads` is False in a
    process that reads few texts from parents. Raise FlowError, as `Versions` does.
    """
    in_force = now or (lambda: settings)

    def load(sources: Sources) -> Book:
        return book_for(in_force(), sources, reads=reads)

    folder = FolderOfBooks(settings.books_dir) if settings.books_dir else None
    return Versions(
        settings.flows_dir,
        load,
        tuple(store for store in (folder, shared) if store),
        judge=partial(refuse_unfit, names=SAMPLE_NAMES),
        own=OWN_FLOWS,
        names=lambda: in_force().names,
        overlays=Overlays(settings.flows_overlay, published),
    )


def _half_way(session: Session, begun: Book, current: Book) -> bool:
    """Check whether the session is in the middle of questions, or at a question whose choices have changed."""
    if any(must_return_to(begun, name) for name in (session.state, session.paused, *session.below)):
        return True
    asked, now = begun.states.get(session.state), current.states.get(session.state)
    if not isinstance(asked, Question):
        return False
    return not isinstance(now, Question) or _offered(asked) != _offered(now)


def _offered(question: Question) -> tuple[str, ...]:
    """Return the answers that a question accepts: its choice names in key order, then what it takes."""
    return (*(choice.name for choice in question.choices), question.takes)
