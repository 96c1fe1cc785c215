"""Check and publish texts: a quick check on the page that changes them, then a full check in a separate process.

Rule 1: findings of the quick check are shown next to the form, and nothing is stored.
Rule 2: one change is checked at a time, so that no change overwrites another.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from flask import redirect, request, url_for
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.finding import Finding, unfit
from hotline.publishing.loader import book_for, load_book
from hotline.publishing.overlay import Overlay, OwnText
from hotline.publishing.overlay_check import check_touched, misfilled
from hotline.publishing.overlay_folder import overlaid
from hotline.publishing.overlay_merge import Clash
from hotline.publishing.overlay_merge import Conflict as Unfit
from hotline.store.connection import StoreBusy, connect
from hotline.store.words_versions import Waiting, WordsVersions
from hotline.web.desk import i18n
from hotline.web.desk.findings import all_in_words, read
from hotline.web.desk.guard import audit, desk, need_version, page, viewer
from hotline.web.desk.words_judge import FAILED, Job
from hotline.web.desk.words_lines import line
from hotline.web.desk.words_state import Words, day_of, words_now
from hotline.web.service import Service
from hotline.web.service import service as this_service

BUSY: Final = "Another change is being checked. Wait until it is done, then publish yours."
NO_RESULT: Final = (
    "The result of a check is shown for a day. What is in effect is under “Versions of the words”."
)
K = TypeVar("K")
V = TypeVar("V")

REFRESH_SECONDS: Final = 2
JUDGE: Final = (sys.executable, "-m", "hotline", "overlay", "judge")


@dataclass(frozen=True, slots=True)
class Tried:
    """A preview of a change: the book that parents would get, and its problems."""

    book: Book | None
    findings: tuple[Finding, ...]

    @property
    def judged(self) -> str:
        """The version of the book that parents would get, "" if there is none."""
        return self.book.version if self.book else ""


def try_out(now: Words, changed: Overlay, touching: Overlay) -> Tried:
    """Return a preview of `changed` as the desk's overlay; check only the entries in `touching`."""
    service = this_service()
    own = changed.on_top_of(now.file)
    if found := tuple(misfilled(now.upstream, touching)):
        return Tried(None, found)
    try:
        flows = overlaid(now.flows, own).sources
        book, sample = book_for(service.live.now().settings, flows), load_book(flows, SAMPLE_NAMES)
        return Tried(book, check_touched(flows, sample, now.upstream, touching))
    except FlowError as wrong:
        return Tried(None, (unfit(wrong),))


def asked_to_publish() -> bool:
    """Check whether the form asks to publish the change, not only to preview it."""
    return request.form.get("do") == "publish"


def publish(now: Words, changed: Overlay, what: str, tried: Tried | None = None) -> AnyResponse:
    """Start the full check of `changed`, which publishes it if it passes. Raise BadRequest, Conflict and StoreBusy.

    `tried` is its preview, if there is one already.
    """
    need_version(now.number)
    service, tried = this_service(), tried or try_out(now, changed, Overlay())
    waiting = Waiting(
        secrets.token_hex(8),
        now.number,
        clock.now().timestamp(),
        viewer().name,
        what,
        changed.written(),
        row=audit("changed words", what),
    )
    if not service.words_versions.begin(waiting):
        raise Conflict(i18n.gettext(BUSY))
    start(job_of(service, now, waiting.id, tried.judged))
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
            versions.refuse(waiting, (FAILED,))
    except StoreBusy:
        log.error("words_not_checked", cause="store")


@desk.get("/words/publishing/<id>")
def words_publishing(id: str) -> AnyResponse:
    """Show the progress of the check, then its result, for a day. The page refreshes by itself. Raise NotFound."""
    waiting = this_service().words_versions.result(id)
    if waiting is None:
        raise NotFound(i18n.gettext(NO_RESULT))
    lost = waiting.is_lost(clock.now())
    now = words_now(this_service())
    found = all_in_words(map(read, waiting.findings), now.rows)
    shown = page(
        "words_publishing.html",
        waiting=waiting,
        what=line(now, waiting.what),
        text=waiting.what
        if waiting.what in now.rows and this_service().words_versions.with_words(id)
        else "",
        lost=lost,
        wrong=found,
    )
    if waiting.state == "checking" and not lost:
        shown.headers["Refresh"] = str(REFRESH_SECONDS)
    return shown


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
    changed = decided(now, found[0], ours=request.form.get("take") == "ours")
    return publish(now, changed, f"decided: {name}")


def decided(now: Words, conflict: Unfit, *, ours: bool) -> Overlay:
    """Return the desk's overlay with one conflict resolved: keep the center's text, or serve that of the flows.

    The desk can also resolve conflicts in FLOWS_OVERLAY, because its overlay goes on top of the file.
    """
    name = conflict.name
    match conflict.kind:
        case Clash.TEXT:
            return _text(now, (conflict.language, name), ours=ours)
        case Clash.REMINDER:
            upstream = day_of(now.upstream, name)
            entry = replace(now.own.reminders[name], was=upstream)
            decided = entry if ours else replace(entry, after=upstream)
            return replace(now.desk, reminders=_put(now.desk.reminders, name, decided, keep=bool(upstream)))
        case Clash.CENTER:
            row = now.upstream.centers.get(name, {})
            named = (str(row.get("name", "")), str(row.get("phone", "")))
            center = replace(now.own.centers[name], was=named[0], was_phone=named[1])
            if not ours and row:
                center = replace(center, name=named[0], phone=named[1])
            return replace(now.desk, centers=_put(now.desk.centers, name, center, keep=ours or bool(row)))
        case Clash.REVIEW:
            return replace(now.desk, reviews=_without(now.desk.reviews, name))
        case Clash.MENU:
            return replace(now.desk, faqs={**now.desk.faqs, name: replace(now.own.faqs[name], menu="")})


def _text(now: Words, key: tuple[str, str], *, ours: bool) -> Overlay:
    upstream = now.upstream_words.get(key)
    if upstream is None:
        return replace(now.desk, texts=_without(now.desk.texts, key))
    if ours:
        entry = replace(now.own.texts[key], was=upstream)
        return replace(now.desk, texts={**now.desk.texts, key: entry})
    # a text is one unit in all languages
    left = {each: own for each, own in now.desk.texts.items() if each[1] != key[1]}
    of_flows = {each: flows for each, flows in now.upstream_words.items() if each[1] == key[1]}
    in_file = {each: OwnText(flows, flows) for each, flows in of_flows.items() if each in now.file.texts}
    return replace(now.desk, texts={**left, **in_file})


def _put(entries: Mapping[str, V], name: str, entry: V, *, keep: bool) -> dict[str, V]:
    return {**entries, name: entry} if keep else _without(entries, name)


def _without(entries: Mapping[K, V], name: K) -> dict[K, V]:
    return {key: value for key, value in entries.items() if key != name}
