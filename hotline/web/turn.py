"""One turn, from Event to document: load, step, commit, and again on a conflict.

1. load the session and the earlier answer to this event (one round trip)
2. an event answered already gets that answer
3. step, in the book that the person is half way through, else in the current one; but whose last answer may not have
   arrived is told that again (`web.retell`)
4. render; the document is the answer that is kept
5. see whether it may leave, or what does in its place
6. commit if nothing changed meanwhile (one round trip); else from 1

An event that was taken so long ago that its answer is not kept any more, or whose signature came with another one, is
somebody's copy of a request: nothing is done, and nothing is said of where the person is.
Who has waited for PATIENCE is not made to wait for the commit: they get the safe words in time.
"""

from __future__ import annotations

import time
from datetime import timedelta

from hotline.channels.twiml import EMPTY
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Event
from hotline.conversation.model.session import Turn
from hotline.log import log
from hotline.measures import Outcome
from hotline.publishing.versions import Shelf
from hotline.store.connection import StoreBusy
from hotline.store.turns import Turns
from hotline.web.measured import Taken, Watch
from hotline.web.reply_guard import Gate, Leaves, Render, open_gate
from hotline.web.retell import retold

TRIES = 8
"""Commits tried before a turn gives up. Each conflict means that another turn of the same person
went through, so eight texts at once from one number are all taken."""

CONFLICTS = "conflicts"
"""Why a turn was given up after TRIES."""

PATIENCE = timedelta(seconds=1.2)
"""With the commit, which takes 0.7 s at most (`store.connection`), that is within 2 s."""


def take_turn(
    shelf: Shelf,
    turns: Turns,
    who: str,
    number: str,
    event: Event,
    render: Render,
    gate: Gate = open_gate,
    signature: str = "",
) -> Taken:
    """Return what answers `event`, after its effects are committed. `signature` is that of its request. Raises StoreBusy."""
    late = time.monotonic() + PATIENCE.total_seconds()
    watch = Watch()
    for conflicts in range(TRIES):
        with watch:
            loaded = turns.load(who, event.id, event.at, signature)
        if loaded.answer is not None:
            log.info("turn_repeated", channel=event.channel, kind=event.kind)
            return Taken(loaded.answer, Outcome.REPEATED, conflicts, watch.time)
        if loaded.tally.taken:
            log.warning("turn_replayed", channel=event.channel, kind=event.kind)
            return Taken(EMPTY, Outcome.REPLAYED, conflicts, watch.time)
        book, session = shelf.place(loaded.session)
        leaves = retold(book, session, event, loaded.unseen, render) if loaded.unseen else None
        if leaves is None:
            turn = step(book, session, event)
            if turn == Turn(session):
                # nothing was said, and nothing is to be kept
                return Taken(render(book, session, ()), Outcome.ANSWERED, conflicts, watch.time)
            leaves = Leaves(turn, render(book, turn.session, turn.replies))
        leaves = gate(event, book, session, leaves, loaded.tally)
        if time.monotonic() > late:
            raise StoreBusy("slow")
        with watch:
            done = turns.commit(
                who, event, loaded, leaves.turn, leaves.answer, number, leaves.spend, signature
            )
        if done is not None:
            log.debug("turn_taken", channel=event.channel, kind=event.kind, state=leaves.turn.session.state)
            return Taken(done, Outcome.ANSWERED, conflicts, watch.time)
    raise StoreBusy(CONFLICTS)
