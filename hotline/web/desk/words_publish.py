"""Check and publish texts: a quick check on the page that changes them, then a full check in a separate process.

Rule 1: findings of the quick check are shown next to the form, and nothing is stored.
Rule 2: one change is checked at a time, so that no change overwrites another.
Rule 3: a form carries the number of the version that it is based on.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from typing import Final

from flask import redirect, request, url_for
from werkzeug.exceptions import BadRequest, Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.loader import book_for, load_book
from hotline.publishing.overlay import Overlay
from hotline.publishing.overlay_check import quick
from hotline.publishing.overlay_folder import overlaid
from hotline.publishing.overlay_reader import read_overlay
from hotline.publishing.overlays import DESK
from hotline.store.connection import StoreBusy, connect
from hotline.store.words_versions import Waiting, WordsVersions
from hotline.web.desk import words
from hotline.web.desk.guard import audit, desk, page, viewer
from hotline.web.desk.words_decide import decided
from hotline.web.desk.words_judge import FAILED, Job
from hotline.web.desk.words_state import Words, words_now
from hotline.web.service import Service
from hotline.web.service import service as this_service

MEANWHILE: Final = "Someone else has changed this meanwhile. Check it, then make your change."
BUSY: Final = "Another change is being checked. Wait until it is done, then publish yours."
REFRESH_SECONDS: Final = 2
JUDGE: Final = (sys.executable, "-m", "hotline", "overlay", "judge")


@dataclass(frozen=True, slots=True)
class Tried:
    """A preview of a change: the book that parents would get, and its problems."""

    book: Book | None
    findings: tuple[str, ...]


def try_out(now: Words, changed: Overlay, touching: Overlay) -> Tried:
    """Return a preview of `changed` as the desk's overlay; check only the entries in `touching`."""
    service = this_service()
    own = changed.on_top_of(now.file)
    try:
        flows = overlaid(now.flows, own).sources
        book, sample = book_for(service.live.now().settings, flows), load_book(flows, SAMPLE_NAMES)
        return Tried(book, tuple(map(str, quick(flows, sample, now.upstream, touching))))
    except FlowError as wrong:
        return Tried(None, (str(wrong),))


def publish(now: Words, changed: Overlay, what: str, judged: str) -> AnyResponse:
    """Start the full check of `changed`, which publishes it if it passes. Raise BadRequest, Conflict and StoreBusy."""
    given, service = request.form.get("version", ""), this_service()
    if not (given.isascii() and given.isdigit()):
        raise BadRequest(words.gettext(MEANWHILE))
    if int(given) != now.number:
        raise Conflict(words.gettext(MEANWHILE))
    versions = service.words_versions
    before = versions.waiting()
    if before and before.state == "checking" and not before.is_lost(clock.now()):
        raise Conflict(words.gettext(BUSY))
    audit("changed words", what)
    waiting = Waiting(
        secrets.token_hex(8), now.number, clock.now().timestamp(), viewer().name, what, changed.written()
    )
    versions.wait(waiting)
    start(job_of(service, now, waiting.id, judged))
    return redirect(url_for("desk.words_publishing", id=waiting.id), 303)


def job_of(service: Service, now: Words, waiting: str = "", judged: str = "") -> Job:
    """Return the job that checks the waiting version or, without one, walks the book ahead of an edit."""
    return Job(
        service.settings.redis_url,
        now.flows,
        now.file.written(),
        now.desk.written(),
        waiting,
        judged,
    )


def start(job: Job) -> None:
    """Start the process of a job; if it dies, the job is refused."""
    threading.Thread(target=_run, args=(job,), name="words-judge", daemon=True).start()


def walk_ahead(service: Service, now: Words) -> None:
    """Walk the book in force, once per process and version, so that a change is checked in seconds."""
    if now.book.version not in _walked:
        _walked.add(now.book.version)
        log.debug("words_walk_begun", book=now.book.version)
        start(job_of(service, now))


_walked: Final[set[str]] = set()


def _run(job: Job) -> None:
    try:
        done = subprocess.run(
            JUDGE, input=job.written(), text=True, env=os.environ, stdout=subprocess.DEVNULL, check=False
        )
    except OSError as error:
        log.error("words_not_checked", error=type(error).__name__)
    else:
        if done.returncode == 0:
            return
        log.error("words_not_checked", status=done.returncode)
    if job.waiting:
        with connect(job.redis_url) as redis:
            _refuse(WordsVersions(redis), job.waiting)


def _refuse(versions: WordsVersions, id: str) -> None:
    try:
        waiting = versions.waiting()
        if waiting and waiting.id == id and waiting.state == "checking":
            versions.wait(replace(waiting, state="refused", findings=(FAILED,)))
    except StoreBusy:
        log.error("words_not_checked", cause="store")


@desk.get("/words/publishing/<id>")
def words_publishing(id: str) -> AnyResponse:
    """Show the progress of the check, then its result. The page refreshes by itself."""
    waiting = this_service().words_versions.waiting()
    if waiting is None or waiting.id != id:
        published = this_service().live_words.fresh()
        return page("words_publishing.html", waiting=None, published=published if published.number else None)
    lost = waiting.is_lost(clock.now())
    shown = page("words_publishing.html", waiting=waiting, lost=lost, published=None)
    if waiting.state == "checking" and not lost:
        shown.headers["Refresh"] = str(REFRESH_SECONDS)
    return shown


@desk.get("/words/versions")
def words_versions() -> AnyResponse:
    """Show the versions: who published what and when."""
    return page(
        "words_versions.html",
        versions=this_service().words_versions.all(),
        number=words_now(this_service()).number,
    )


@desk.post("/words/back/<version>")
def words_back(version: str) -> AnyResponse:
    """Publish an earlier version again; version 0 is the flows without an overlay. Raise NotFound."""
    now, changed, what = words_now(this_service()), Overlay(), "back to the flows"
    if version != "0":
        found = [each for each in this_service().words_versions.all() if str(each.number) == version]
        if not found:
            raise NotFound(words.gettext("That version no longer exists."))
        changed, what = read_overlay(found[0].overlay, DESK), f"back to version {found[0].number}"
    tried = try_out(now, changed, Overlay())
    return publish(now, changed, what, tried.book.version if tried.book else "")


@desk.get("/words/conflicts")
def words_conflicts() -> AnyResponse:
    """Show the conflicts with the flows, with both texts."""
    now = words_now(this_service())
    return page("words_conflicts.html", conflicts=now.merged.conflicts, number=now.number)


@desk.post("/words/conflicts")
def decide_conflict() -> AnyResponse:
    """Resolve a conflict: keep the center's text, now based on the current flows, or take that of the flows."""
    now = words_now(this_service())
    kind, name, language = (request.form.get(key, "") for key in ("kind", "name", "language"))
    found = [c for c in now.merged.conflicts if (c.kind, c.name, c.language) == (kind, name, language)]
    if not found:
        return redirect(url_for("desk.words_conflicts"), 303)
    changed = decided(now, found[0].kind, name, language, ours=request.form.get("take") == "ours")
    tried = try_out(now, changed, Overlay())
    return publish(now, changed, f"decided {name}", tried.book.version if tried.book else "")
