"""Moves a person's session to the question that a reminder asks, in the book that asks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from hotline.publishing.versions import Versions
from hotline.store.followup_record import Claimed, who_of
from hotline.store.turns import Turns
from hotline.telemetry.traces import span
from workers.claimed_followups import event_of

COMMITS = 5
"""The most attempts to commit; each fails only if the person has just written."""


def place_for(versions: Versions, claimed: Claimed, session: Session) -> tuple[Book, Session]:
    """Return the book the person is partway through if it has the reminder, else the current one."""
    book, placed = versions.place(session)
    if claimed.reminder in book.reminders:
        return book, placed
    current = versions.current()
    return current, replace(session, book=current.version)


def ask_in_session(versions: Versions, turns: Turns, claimed: Claimed, number: str, now: datetime) -> None:
    """Move the person's session to the reminder's question, if it asks one. Raises StoreBusy.

    Not if they have stopped our texts, or were asked whether they meant to: their next text is about that.
    """
    event = event_of(claimed, now)
    for _ in range(COMMITS):
        loaded = turns.load(who_of(claimed.id), event.id, now)
        if loaded.answer is not None or loaded.session.texting is Texting.STOPPED:
            return
        book, session = place_for(versions, claimed, loaded.session)
        turn = step(book, session, event)
        if turn.session == session:
            return
        with span("commit"):
            done = turns.commit(who_of(claimed.id), event, loaded, turn, "", number)
        if done is not None:
            return
