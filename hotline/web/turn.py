"""One turn, from Event to document: load, step, commit, and retry on a conflict.

1. Load the session and any earlier answer to this event (one round trip).
2. An event that was already answered gets that answer.
3. Step, in the book of the person's current conversation if they are in one, else in the current book; but
   repeat the last answer if it may not have arrived (`web.retell`).
4. Render; the document is the answer that is stored.
5. Apply the gate, which may replace the answer. Statuses of a text name the event that it answers.
6. Commit if nothing changed meanwhile (one round trip); otherwise start again at 1.

An event whose stored answer has expired, or whose signature was already used by another one, is a replayed
request: it has no effect, and the response reveals nothing about the person. A turn that took longer than
PATIENCE is not committed: the person gets the fallback message in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Event
from hotline.conversation.model.session import Turn
from hotline.log import is_detailed, log
from hotline.publishing.versions import Versions
from hotline.store.connection import StoreBusy
from hotline.store.turns import Turns
from hotline.telemetry.measures import Outcome
from hotline.telemetry.traces import span
from hotline.web.measured import Taken, Watch
from hotline.web.reply_guard import Gate, Leaves, Render, open_gate
from hotline.web.retell import retold

TRIES = 8
"""Commits tried before a turn is abandoned.

Each conflict means that another turn of the same person was committed, so eight simultaneous texts from one
number all succeed.
"""

CONFLICTS = "conflicts"
"""Cause in StoreBusy when a turn is abandoned after TRIES."""

PATIENCE = timedelta(seconds=1.2)
"""Maximum time from the request to the commit, which takes at most 0.7 s (`store.connection`): 2 s in total."""


Linked = Callable[[Turn, Book, datetime], Turn]
"""Returns a turn with links to the letters that it finishes."""


def unlinked(turn: Turn, _book: Book, _now: datetime) -> Turn:
    """Return the turn unchanged."""
    return turn


def take_turn(
    versions: Versions,
    turns: Turns,
    who: str,
    number: str,
    event: Event,
    render: Render,
    gate: Gate = open_gate,
    signature: str = "",
    began: float | None = None,
    link: Linked = unlinked,
) -> Taken:
    """Return the answer to `event` after committing its effects. Raises StoreBusy.

    `signature` is that of the request, "" if it has none; `began` is when the request began, in monotonic
    seconds, if that was before this call. `link` adds the links to letters.
    """
    late = (time.monotonic() if began is None else began) + PATIENCE.total_seconds()
    watch = Watch()
    for conflicts in range(TRIES):
        with watch, span("load"):
            loaded = turns.load(who, event.id, event.at, signature)
        if loaded.answer is not None:
            log.info("turn_repeated", channel=event.channel, kind=event.kind)
            return Taken(sms.addressed(loaded.answer, event.id), Outcome.REPEATED, conflicts, watch.time)
        if loaded.usage.taken:
            log.warning("turn_replayed", channel=event.channel, kind=event.kind)
            return Taken(EMPTY, Outcome.REPLAYED, conflicts, watch.time)
        book, session = versions.place(loaded.session)
        leaves = retold(book, session, event, loaded.unseen, render) if loaded.unseen else None
        if leaves is None:
            with span("step"):
                turn = link(step(book, session, event), book, event.at)
            if not turn.replies and not turn.effects and turn.session == session:
                # no reply and no change, so nothing to commit
                return Taken(render(book, session, ()), Outcome.ANSWERED, conflicts, watch.time)
            with span("render"):
                leaves = Leaves(turn, render(book, turn.session, turn.replies))
        leaves = gate(event, book, session, leaves, loaded.usage)
        if time.monotonic() > late:
            raise StoreBusy("slow")
        with watch, span("commit"):
            done = turns.commit(
                who, event, loaded, leaves.turn, leaves.answer, number, leaves.spend, signature
            )
        if done is not None:
            _log_taken(event, leaves.turn)
            return Taken(sms.addressed(done, event.id), Outcome.ANSWERED, conflicts, watch.time)
    raise StoreBusy(CONFLICTS)


def _log_taken(event: Event, turn: Turn) -> None:
    if is_detailed():
        log.debug("turn_taken", channel=event.channel, kind=event.kind, state=turn.session.state)
