"""Statements: their text, and their side effects such as consent, an outcome, a transfer or a hang-up."""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Place, Role, Scope, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.conditions import home_state, limit
from hotline.conversation.engine.days_out import listed, part_for, school_days
from hotline.conversation.engine.reminders import day_told, drop_earlier, reached
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import (
    Consent,
    Erase,
    HangUp,
    Nudge,
    Refuse,
    StopAll,
    TakeMessage,
    Tell,
    Texting,
    TextThis,
    Transfer,
)
from hotline.conversation.model.session import REACHED, Session


def tell(draft: Draft, statement: Statement) -> str:
    """Say a statement, apply its effects, and return where to go next.

    A `once` statement is said only once. If the caller asked for nothing to be texted, one about that is
    replaced by NOTHING_TO_TEXT: BACK may lead to it long after the call.
    """
    of_what_was_wanted = statement.tells_wanted or (statement.consent and statement.scope is Scope.THIS)
    if of_what_was_wanted and not draft.session.wanted:
        return Role.NOTHING_TO_TEXT
    known = statement.once and statement.name in draft.session.told
    if not known:
        draft.replies.append(words(draft, statement))
    if statement.aloud and statement.aloud != draft.session.language:
        draft.replies.append(replace(words(draft, statement), language=statement.aloud))
    if statement.once and not known:
        draft.session = replace(draft.session, told=(*draft.session.told, statement.name))
    if statement.tells_wanted:
        draft.replies += draft.session.wanted
    if statement.outcome:
        _outcome(draft, statement)
    _decided(draft, statement)
    reached(draft, statement)
    return _way_on(draft, statement)


def words(draft: Draft, statement: Statement) -> Tell:
    """Return a statement's text for this person's state or days out, with the deadline filled in."""
    book, session = draft.book, draft.session
    text = text_id(statement)
    if statement.at:
        days = school_days(session.days_out)
        return Tell(
            text_id(statement, part_for(days, statement.at)),
            (("count", str(len(days))), ("days", listed(days))),
        )
    if statement.by_state and (state := home_state(book, session)):
        by_state = text_id(statement, state)
        text = by_state if by_state in book.texts[book.languages[0]] else text
    start = day_told(session, statement.counts_from)
    if start is None:
        return Tell(text)
    return Tell(text, (("deadline", limit(book, session).until(start).isoformat()),))


def _decided(draft: Draft, statement: Statement) -> None:
    """Record what the person decided about texts by reaching this statement."""
    if statement.consent:
        _agreed(draft, statement)
    if statement.refuses:
        _refused(draft, statement)
    if statement.stops:
        opt_out(draft)
    if statement.resumes:
        draft.session = replace(draft.session, texting=draft.session.before_stop)


def _outcome(draft: Draft, statement: Statement) -> None:
    if draft.session.earlier:
        drop_earlier(draft)
    session = draft.session.with_answer(statement.name, REACHED)
    draft.session = replace(session, outcome_at=draft.event.at)
    draft.count(f"outcome.{statement.outcome}")


def _agreed(draft: Draft, statement: Statement) -> None:
    """Record a yes to texts. It is ignored between STOP and START."""
    session, wording = draft.session, text_id(draft.book.question(statement.consent))
    if session.texting is Texting.STOPPED:
        return
    match statement.scope:
        case Scope.SERIES:
            draft.session = replace(session, texting=Texting.YES)
            draft.effects.append(Consent(wording))
        case Scope.PENDING:
            kept = session.texting if session.texting is Texting.YES else Texting.PENDING
            draft.session = replace(session, texting=kept)
            draft.effects.append(Consent(wording, one_text=True))
        case Scope.NUDGE:
            draft.session = replace(session, nudge=Nudge.YES)
            draft.effects.append(Consent(wording, one_text=True))
        case Scope.THIS:
            draft.effects += [Consent(wording, one_text=True), TextThis(session.wanted)]


def opt_out(draft: Draft) -> None:
    """Stop all texts until START."""
    session = draft.session
    asked = session.state == Role.STOP_OR_NOT
    state = (session.paused or Place.REST) if asked else session.state
    draft.session = replace(session, state=state, texting=Texting.STOPPED, misses=0)
    draft.effects.append(StopAll())
    draft.count("stop")


def erase(draft: Draft) -> None:
    """Erase all data about the person, except an opt-out."""
    session = draft.session
    draft.session, draft.undone = Session(language=session.language, texting=_kept(session.texting)), True
    draft.effects.append(Erase())


def _refused(draft: Draft, statement: Statement) -> None:
    session = draft.session
    if statement.scope is Scope.NUDGE:
        draft.session = replace(session, nudge=Nudge.NO)
    elif session.texting is not Texting.STOPPED:
        draft.session = replace(session, texting=Texting.NO)
        draft.effects.append(Refuse())


def _way_on(draft: Draft, statement: Statement) -> str:
    """Return where to go next; `stay` if a call now waits for a person, or is over."""
    session = draft.session
    if statement.erases:
        erase(draft)
        return Place.STAY
    if statement.transfers or statement.records:
        draft.session = replace(session, state=statement.name)
        draft.replies.append(Transfer() if statement.transfers else TakeMessage())
        return Place.STAY
    if statement.ends:
        draft.session = replace(session, state=session.paused or Place.REST)
        draft.replies.append(HangUp())
        return Place.STAY
    return statement.go


def _kept(texting: Texting) -> Texting:
    """Return the consent status that survives erasure: only an opt-out."""
    return Texting.STOPPED if texting is Texting.STOPPED else Texting.UNASKED
