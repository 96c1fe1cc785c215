"""Statements: their text, and their side effects such as consent, an outcome, a transfer or a hang-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.actions import (
    Action,
    Do,
    RecordConsent,
    RecordMessage,
    RecordRefusal,
    RingStaff,
    Scope,
    StartReminder,
    consents,
    is_ending,
)
from hotline.conversation.book.states import Place, Role, Statement
from hotline.conversation.book.texts import filled, in_lines, lines_of, needed, state_of, text_id, wording
from hotline.conversation.engine.days_out import listed, part_for, school_days
from hotline.conversation.engine.deadlines import tell_deadline
from hotline.conversation.engine.letters import letter_blanks
from hotline.conversation.engine.reminders import drop_earlier, reached
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import (
    Channel,
    Consent,
    Erase,
    FollowUp,
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
from hotline.conversation.nlu.roles import Known


def tell(draft: Draft, statement: Statement) -> str:
    """Say a statement, apply its effects, and return where to go next.

    A `once` statement is said only once. If the caller asked for nothing to be texted, one about that is
    replaced by NOTHING_TO_TEXT: BACK may lead to it long after the call.
    """
    if not draft.session.wanted and _is_about_wanted(statement):
        return Role.NOTHING_TO_TEXT
    _say(draft, statement)
    if statement.then:
        draft.session = draft.session.with_aside(statement.then)
    if statement.outcome:
        _outcome(draft, statement)
    ends = bool(statement.does) and is_ending(statement.does[-1])
    for action in statement.does[:-1] if ends else statement.does:
        perform(draft, statement, action)
    reached(draft, statement)
    if not ends:
        return statement.go
    perform(draft, statement, statement.does[-1])
    return Place.STAY


def perform(draft: Draft, statement: Statement, action: Action) -> None:  # noqa: C901 -- a case per action
    """Perform one action of a statement.

    An ending leaves the person where a call's next event finds them (`Draft.waits_on_the_line`).
    """
    session = draft.session
    match action:
        case RecordConsent():
            _agreed(draft, action)
        case RecordRefusal():
            _refused(draft, action)
        case StartReminder():
            _start(draft, action)
        case RingStaff():
            draft.session = replace(session, state=statement.name)
            draft.replies.append(Transfer())
        case RecordMessage():
            draft.session = replace(session, state=statement.name)
            draft.replies.append(TakeMessage())
        case Do.READ_WANTED:
            draft.replies += [line for tell in session.wanted for line in _in_lines(draft, tell)]
        case Do.OPT_OUT:
            opt_out(draft)
        case Do.UNDO_OPT_OUT:
            draft.session = replace(session, texting=session.before_stop)
        case Do.ERASE:
            erase(draft)
        case Do.HANG_UP:
            draft.session = replace(session, state=session.paused or Place.REST)
            draft.replies.append(HangUp())


def _is_about_wanted(statement: Statement) -> bool:
    """Return whether a statement is about the text that the caller asked for."""
    consented = any(each.to is Scope.THIS for each in consents(statement.does))
    return consented or Do.READ_WANTED in statement.does


def _say(draft: Draft, statement: Statement) -> None:
    """Add a statement's words to the replies: line by line if a call dictates it, once if it is `once`."""
    known = statement.once and statement.name in draft.session.received
    if not known:
        draft.replies += _in_lines(draft, words(draft, statement))
    by_ear = (
        statement.dictated and draft.event.channel is Channel.VOICE
    )  # the caller writes in their own language
    if statement.aloud and statement.aloud != draft.session.language and not by_ear:
        draft.replies.append(replace(words(draft, statement), language=statement.aloud))
    if statement.once and not known:
        draft.session = replace(draft.session, received=(*draft.session.received, statement.name))


def _in_lines(draft: Draft, tell: Tell) -> list[Tell]:
    """Return a Tell line by line if a call dictates it."""
    statement = draft.book.states.get(state_of(tell.text))
    dictated = isinstance(statement, Statement) and statement.dictated
    if not dictated or draft.event.channel is not Channel.VOICE:
        return [tell]
    language = draft.session.language
    text = wording(draft.book, language, Channel.VOICE, tell.text)
    return in_lines(tell, len(lines_of(filled(text, tell.blanks, language, draft.book, Channel.VOICE))))


def words(draft: Draft, statement: Statement) -> Tell:
    """Return a statement's text for this person's state or days out, with the deadline filled in."""
    if statement.at:
        days = school_days(draft.session.days_out, draft.event.at.date())
        return Tell(
            text_id(statement, part_for(days, statement.at)),
            (("count", str(len(days))), ("days", listed(days))),
        )
    tell = tell_deadline(draft.book, draft.session, statement, draft.event.at.date())
    if not statement.letter:
        return tell
    values = letter_blanks(draft.book, draft.session, statement.letter, draft.event.at.date())
    return replace(tell, blanks=(*tell.blanks, *needed(draft.book, tell.text, values)))


def _outcome(draft: Draft, statement: Statement) -> None:
    if draft.session.earlier:
        drop_earlier(draft)
    session = draft.session.with_answer(statement.name, REACHED)
    draft.session = replace(session, outcome_at=draft.event.at)
    draft.count(f"outcome.{statement.outcome}")


def _agreed(draft: Draft, consent: RecordConsent) -> None:
    """Record a yes to texts. It is ignored between STOP and START."""
    session, wording = draft.session, text_id(draft.book.question(consent.question))
    if session.texting is Texting.STOPPED:
        return
    match consent.to:
        case Scope.SERIES:
            draft.session = replace(session, texting=Texting.YES)
            draft.effects.append(Consent(wording))
        case Scope.PENDING:
            status = session.texting if session.texting is Texting.YES else Texting.PENDING
            draft.session = replace(session, texting=status)
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
    state = session.paused or Place.REST if asked else session.state
    draft.session = replace(session, state=state, texting=Texting.STOPPED, misses=0)
    draft.effects.append(StopAll())
    draft.count(Known.STOP)


def erase(draft: Draft) -> None:
    """Erase all data about the person, except an opt-out."""
    session = draft.session
    draft.session, draft.undone = (
        Session(language=session.language, texting=_surviving(session.texting)),
        True,
    )
    draft.effects.append(Erase())


def _start(draft: Draft, start: StartReminder) -> None:
    """Start a reminder that the person asked for.

    One that asks a question would move a caller there, so it may wait for the end of the call
    (`call_events.left`), or for its own time if nothing reports the end.
    """
    after = draft.book.reminders[start.reminder].after if start.at_end else timedelta()
    if start.at_end:
        draft.session = replace(draft.session, at_end=start.reminder)
    else:
        draft.session = replace(draft.session, nudge=Nudge.USED)
    draft.effects.append(FollowUp(start.reminder, after, one_text=True))


def _refused(draft: Draft, refusal: RecordRefusal) -> None:
    session = draft.session
    if refusal.to is Scope.NUDGE:
        draft.session = replace(session, nudge=Nudge.NO)
    elif session.texting is not Texting.STOPPED:
        draft.session = replace(session, texting=Texting.NO)
        draft.effects.append(Refuse())


def _surviving(texting: Texting) -> Texting:
    """Return the consent status that survives erasure: only an opt-out."""
    return Texting.STOPPED if texting is Texting.STOPPED else Texting.UNASKED
