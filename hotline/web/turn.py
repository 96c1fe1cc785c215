"""One turn, from Event to document: load, step, commit, and retry on a conflict.

1. Load the session and any earlier answer to this event (one round trip).
2. An event that was already answered gets that answer.
3. Step, in the book of the person's current conversation if they are in one, else in the current book; but
   repeat the last answer if it may not have arrived (Rules 1 to 3).
4. Render; the document is the answer that is stored.
5. Apply the budgets, which may replace the answer (`web.reply_guard`). Statuses of a text name the event that it answers.
6. Commit if nothing changed meanwhile (one round trip); otherwise start again at 1.

An event whose stored answer has expired, or whose signature was already used by another one, is a replayed
request: it has no effect, and the response reveals nothing about the person. A turn that took longer than
PATIENCE is not committed: the person gets the fallback message in time.

An answer that may not have arrived is repeated before anything counts as a reply to it:
Rule 1: danger and STOP are handled as usual, and after a STOP so are START and DELETE: they answer no question.
Rule 2: a text is repeated verbatim. An answer spoken in a call, or sent on the other channel, is repeated as
        REPEAT would.
Rule 3: the start of a call, silence and the result of ringing the staff are handled as usual: they answer nothing,
        and the question is repeated anyway.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.engine.interpret import intent_of
from hotline.conversation.engine.opt_outs import opts_in
from hotline.conversation.engine.step import step
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Count, Event, EventKind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.roles import SAFETY, Known
from hotline.log import is_detailed, log
from hotline.store.connection import StoreBusy
from hotline.telemetry.measures import Outcome
from hotline.telemetry.traces import span
from hotline.web.measured import Completed, Watch
from hotline.web.reply_guard import Outgoing, Render, ReplyGuard
from hotline.web.service import Service

TRIES = 8
"""Commits tried before a turn is abandoned.

Each conflict means that another turn of the same person was committed, so eight simultaneous texts from one
number all succeed.
"""

CONFLICTS = "conflicts"
"""Cause in StoreBusy when a turn is abandoned after TRIES."""

PATIENCE = timedelta(seconds=1.2)
"""Maximum time from the request to the commit, which takes at most 0.7 s (`store.connection`): 2 s in total."""


def take_turn(
    service: Service,
    number: str,
    event: Event,
    render: Render,
    *,
    stir: str = "",
    signature: str = "",
    began: float | None = None,
) -> Completed:
    """Return the answer to `event` from `number` after committing its effects. Raises StoreBusy.

    `stir` is a call's StirVerstat, `signature` that of the request, "" if it has none; `began` is when the request
    began, in monotonic seconds, if that was before this call.
    """
    turns, who = service.turns, service.secrets.who(number)
    late = (time.monotonic() if began is None else began) + PATIENCE.total_seconds()
    watch = Watch()
    for conflicts in range(TRIES):
        with watch, span("load"):
            loaded = turns.load(who, event.id, event.at, signature)
        if loaded.answer is not None:
            log.info("turn_repeated", channel=event.channel, kind=event.kind)
            return Completed(sms.addressed(loaded.answer, event.id), Outcome.REPEATED, conflicts, watch.time)
        if loaded.usage.taken:
            log.warning("turn_replayed", channel=event.channel, kind=event.kind)
            return Completed(EMPTY, Outcome.REPLAYED, conflicts, watch.time)
        book, session = service.versions.place(loaded.session)
        outgoing = (
            repeat_of_unseen_answer(book, session, event, loaded.unseen, render) if loaded.unseen else None
        )
        if outgoing is None:
            with span("step"):
                turn = service.linked(step(book, session, event), book, event.at)
            if not turn.replies and not turn.effects and turn.session == session:
                # no reply and no change, so nothing to commit
                return Completed(render(book, session, ()), Outcome.ANSWERED, conflicts, watch.time)
            with span("render"):
                outgoing = Outgoing(turn, render(book, turn.session, turn.replies))
        guard = ReplyGuard(service, who, event, book, session, loaded.usage)
        by_phone = event.channel is Channel.VOICE
        outgoing = guard.call(outgoing, render, stir) if by_phone else guard.text(outgoing)
        if time.monotonic() > late:
            raise StoreBusy("slow")
        with watch, span("commit"):
            done = turns.commit(
                who, event, loaded, outgoing.turn, outgoing.answer, number, outgoing.spend, signature
            )
        if done is not None:
            _log_taken(event, outgoing.turn)
            return Completed(sms.addressed(done, event.id), Outcome.ANSWERED, conflicts, watch.time)
    raise StoreBusy(CONFLICTS)


def _log_taken(event: Event, turn: Turn) -> None:
    if is_detailed():
        log.debug("turn_taken", channel=event.channel, kind=event.kind, state=turn.session.state)


ANSWERS: Final = (EventKind.SAID, EventKind.SPOKEN, EventKind.PRESSED)
"""Kinds of event that may answer a question."""

REPEAT_KEY: Final = "*"

RETOLD: Final = Count("retold")


def repeat_of_unseen_answer(
    book: Book, session: Session, event: Event, unseen: str, render: Render
) -> Outgoing | None:
    """Return what to send instead of an answer to `event`, or None to handle `event` as usual.

    `unseen` is the answer that the person may not have seen.
    """
    if event.kind not in ANSWERS or unseen == EMPTY:
        return None
    intent = None if event.kind is EventKind.PRESSED else intent_of(book, event.text.strip())
    if intent in SAFETY or intent == Known.STOP:
        return None
    texts, stopped = event.channel is Channel.SMS, session.texting is Texting.STOPPED
    gets_answer = stopped and (
        intent == Known.DELETE_DATA or opts_in(book, book.reader.read(event.text.strip()), intent)
    )
    if texts and gets_answer and not session.waits_at(Role.STOP_OR_NOT):
        return None
    if texts and sms.cost(unseen)[0]:
        return Outgoing(Turn(replace(session, seen=event.at), effects=(RETOLD,)), unseen)
    if texts and stopped:
        return None  # no question reaches them, so they can answer none
    turn = step(book, session, replace(event, kind=EventKind.PRESSED, text=REPEAT_KEY))
    return Outgoing(replace(turn, effects=(*turn.effects, RETOLD)), render(book, turn.session, turn.replies))
