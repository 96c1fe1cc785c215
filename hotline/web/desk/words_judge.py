"""Check texts before they are published, in a separate process: a full check takes seconds, a walk one to three minutes.

The desk starts the process, passes it the job on standard input, and shows the result; `hotline overlay import` does
the same in its own process. An editor who closes the browser finds the result at the desk later.

Rule 1: nothing is published without passing every check of `hotline check`. The job includes the flows exactly as
        previewed: if the folder has been edited since, each process that loads it runs the checks itself, because
        its book is not the one that was `judged`.
Rule 2: the result of a walk is stored by a hash of what it depends on, so that a change of texts alone needs no
        new walk.
Rule 3: a failed job reports the failure, and the texts in force stay.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from redis import Redis

from hotline import clock
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.lint.check import SAMPLE_NAMES, walked
from hotline.publishing.lint.finding import NOWHERE, Finding, unfit
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.walk_facts import WalkFacts, structure
from hotline.publishing.loader import load_book
from hotline.publishing.overlay import Overlay, read_overlay
from hotline.publishing.overlay_check import added_findings
from hotline.publishing.overlay_folder import overlaid
from hotline.publishing.sources import Sources
from hotline.store.connection import connect
from hotline.store.desk_audit import DeskAudit
from hotline.store.words_versions import WordsVersion, WordsVersions
from hotline.web.desk.guard import MEANWHILE

FAILED: Final = "The check failed. Try again; if it fails again, ask the person who runs the hotline."
NICE: Final = 10
LOOK_EVERY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """A check to run, or, if `waiting` is "", only the walk that precedes an edit.

    `flows` are the flows as previewed, `file` is the overlay of FLOWS_OVERLAY, `before` the desk's overlay in force,
    `waiting` the id of the version to check, and `judged` the version of the book that parents will get.
    """

    redis_url: str
    flows: Sources
    file: str
    before: str
    waiting: str = ""
    judged: str = ""

    def written(self) -> str:
        """Return this as JSON."""
        written = {each.name: getattr(self, each.name) for each in fields(self)}
        return json.dumps(written | {"flows": self.flows.to_json()})

    @classmethod
    def read(cls, written: str) -> Job:
        """Parse the output of `written`."""
        read: Mapping[str, Any] = json.loads(written)
        return cls(**{**read, "flows": Sources.from_json(read["flows"])})


def run(job: Job) -> None:
    """Do one job. Raise StoreBusy."""
    os.nice(NICE)
    with connect(job.redis_url) as redis:
        if job.waiting:
            judge(job, redis)
        else:
            _walk_ahead(job, redis)


def judge(job: Job, redis: Redis) -> tuple[Finding, ...]:
    """Check the waiting version and publish it, or store the findings; return them. Raise StoreBusy."""
    versions = WordsVersions(redis)
    waiting = versions.waiting()
    if waiting is None or waiting.id != job.waiting:
        return (Finding(NOWHERE, MEANWHILE),)
    try:
        file = read_overlay(job.file, "FLOWS_OVERLAY")
        before, after = (
            read_overlay(each, "words").on_top_of(file) for each in (job.before, waiting.overlay)
        )
        found = added_findings(job.flows, before, after, Walks(versions).facts)
    except FlowError as wrong:
        found = (unfit(wrong),)
    except Exception:
        versions.refuse(waiting, (FAILED,))
        raise
    if not found:
        now = clock.now()
        version = WordsVersion(
            waiting.after + 1, now.timestamp(), waiting.by, waiting.what, waiting.overlay, job.judged
        )
        audit = DeskAudit(redis)
        row = audit.add(waiting.by, "published words", str(version.number), now)
        if not versions.add(waiting.after, version):
            audit.refuse(row)
            found = (Finding(NOWHERE, MEANWHILE),)
    if found:
        versions.refuse(waiting, tuple(each.to_json() for each in found))
        log.warning("words_refused", count=len(found))
    else:
        versions.published(waiting, waiting.after + 1)
        log.info("words_published")
    return found


class Walks:
    """The facts of walks, stored by the hash of the book's structure."""

    def __init__(self, versions: WordsVersions) -> None:
        self._versions = versions
        self._known: dict[str, WalkFacts] = {}

    def facts(self, book: Book) -> WalkFacts:
        """Return the facts for this book's structure; walk the book if they are not stored. Raise StoreBusy."""
        of = structure(book)
        if of not in self._known:
            self._known[of] = self._stored(of) or self._walked(of, book)
        return self._known[of]

    def _stored(self, of: str) -> WalkFacts | None:
        return WalkFacts.read(self._versions.walked(of))

    def _walked(self, of: str, book: Book) -> WalkFacts:
        """Walk the book, or wait for the result of another process that is walking it."""
        while not self._versions.begin_walk(of):
            time.sleep(LOOK_EVERY_SECONDS)
            if found := self._stored(of):
                return found
        try:
            found = self._stored(of) or WalkFacts.of(book, walked(book))
            self._versions.store_walked(of, found.written())
        finally:
            self._versions.end_walk(of)
        return found


def _walk_ahead(job: Job, redis: Redis) -> None:
    """Walk the book in force, so that the next edit is checked in seconds."""
    overlay: Overlay = read_overlay(job.before, "words").on_top_of(read_overlay(job.file, "FLOWS_OVERLAY"))
    book = load_book(overlaid(job.flows, overlay).sources, SAMPLE_NAMES)
    Walks(WordsVersions(redis)).facts(remembering(book))
