"""What a claimed follow-up is about: its number, consent, words, event and session, and its IDs at the carrier."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hotline.carrier.errors import DeliveryError, Verdict
from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.conversation.model.session import Session
from hotline.publishing.versions import Versions
from hotline.store.followup_record import Claimed, who_of
from hotline.store.followups import ARRIVES_WITHIN, FollowUps
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from hotline.telemetry.traces import span

LONGEST_BODY = 1600
"""Characters in one message; Twilio refuses more (21617)."""

COMMITS = 5
"""The most attempts to commit; each fails only if the person has just written."""


def number_of(claimed: Claimed, secrets: Secrets) -> str | None:
    """Return the person's number, or None if it is no longer stored or cannot be read."""
    return secrets.unseal(claimed.sealed) if claimed.sealed else None


def has_consent(claimed: Claimed) -> bool:
    """Check whether the person has consented to this text.

    A text that they requested individually does not need consent to the series.
    """
    if claimed.one_text:
        return claimed.texting != Texting.STOPPED
    return claimed.texting == Texting.YES


def name_of(claimed: Claimed) -> str:
    """Return the name for the log: the reminder, or else the record's kind."""
    return claimed.reminder or claimed.kind


def event_of(claimed: Claimed, now: datetime) -> Event:
    """Return the event that a follow-up is due; each resend has its own event id, counted or not."""
    id = f"due:{claimed.id}:{claimed.came_back}" if claimed.came_back else f"due:{claimed.id}"
    return Event(id, now, Channel.SMS, EventKind.DUE, claimed.reminder, ours=claimed.ours, days=claimed.days)


def may_still_arrive(claimed: Claimed, now: datetime) -> bool:
    """Check whether the previous worker began to send so recently that the carrier may not list the text yet."""
    return bool(claimed.marks) and claimed.lost_at is not None and now - claimed.lost_at < ARRIVES_WITHIN


def sids_of_others(followups: FollowUps, claimed: Claimed) -> frozenset[str]:
    """Return the carrier's IDs of other texts: earlier tries of this one, and the person's other texts.

    Raises DeliveryError while another text with the same words is being sent, because its ID is not known yet; StoreBusy.
    """
    others = [each for id, each in followups.records(who_of(claimed.id)).items() if id != claimed.id]
    if any(set(claimed.marks).intersection(each.get("marks", ())) for each in others):
        raise DeliveryError(Verdict.LATER, 0)
    sids = (sid for each in others for sid in (each.get("sid"), *each.get("past", ())) if sid)
    return frozenset((*claimed.past, *sids))


def requested_words(book: Book, claimed: Claimed) -> str:
    """Return the requested text in the language of the request, "" if the book has none of it anymore.

    Text beyond LONGEST_BODY is cut at the end of a sentence; our longest letter fits.
    """
    language = claimed.language or book.languages[0]
    known = tuple(tell for tell in claimed.tells if tell.text in book.texts[book.languages[0]])
    return cut(sms.body(book, language, known))


def cut(body: str) -> str:
    """Return the whole sentences that fit in one message; if none fits, cut at a space, or anywhere."""
    if len(body) <= LONGEST_BODY:
        return body
    ends = [found.start() for found in sms.SENTENCE_END.finditer(body) if found.start() <= LONGEST_BODY]
    blank = body.rfind(" ", 0, LONGEST_BODY + 1)
    return body[: ends[-1] if ends else blank if blank > 0 else LONGEST_BODY]


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
