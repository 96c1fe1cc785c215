"""Statements: their text, and their side effects such as consent, an outcome, a transfer or a hang-up."""

from __future__ import annotations

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
from hotline.conversation.book.deadlines import with_deadline
from hotline.conversation.book.states import Place, Role, Statement
from hotline.conversation.book.texts import filled, in_lines, lines_of, state_of, text_id, values_for
from hotline.conversation.engine.letters import letter_blanks
from hotline.conversation.engine.reminders import drop_earlier, update_reminders
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.days_out import listed, part_for, school_days
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


def say_statement(builder: TurnBuilder, statement: Statement) -> str:
    """Say a statement, apply its effects, and return where to go next.

    A `once` statement is said only once. If the caller asked for nothing to be texted, one about that is
    replaced by NOTHING_TO_TEXT: BACK may lead to it long after the call.
    """
    if not builder.session.wanted and _is_about_wanted(statement):
        return Role.NOTHING_TO_TEXT
    _say(builder, statement)
    if statement.then:
        builder.session = builder.session.with_aside(statement.then)
    if statement.outcome:
        if builder.session.earlier:
            drop_earlier(builder)
        session = builder.session.with_answer(statement.name, REACHED)
        builder.session = replace(session, outcome_at=builder.event.at)
        builder.count(f"outcome.{statement.outcome.id}")
    ends = bool(statement.does) and is_ending(statement.does[-1])
    for action in statement.does[:-1] if ends else statement.does:
        perform(builder, statement, action)
    update_reminders(builder, statement)
    if not ends:
        return statement.go
    perform(builder, statement, statement.does[-1])
    return Place.STAY


def perform(builder: TurnBuilder, statement: Statement, action: Action) -> None:  # noqa: C901 -- a case per action
    """Perform one action of a statement.

    An ending leaves the person where a call's next event finds them (`TurnBuilder.waits_on_the_line`).
    """
    session = builder.session
    match action:
        case RecordConsent():
            _record_consent(builder, action)
        case RecordRefusal():
            _record_refusal(builder, action)
        case StartReminder():
            _start(builder, action)
        case RingStaff():
            builder.session = replace(session, state=statement.name)
            builder.replies.append(Transfer())
        case RecordMessage():
            builder.session = replace(session, state=statement.name)
            builder.replies.append(TakeMessage())
        case Do.READ_WANTED:
            if not session.dictation:  # the line comes again by itself
                builder.replies += [line for tell in session.wanted for line in _in_lines(builder, tell)]
        case Do.OPT_OUT:
            opt_out(builder)
        case Do.UNDO_OPT_OUT:
            builder.session = replace(session, texting=session.before_stop)
        case Do.ERASE:
            erase(builder)
        case Do.HANG_UP:
            builder.session = replace(session, state=session.paused or Place.REST)
            builder.replies.append(HangUp())


def _is_about_wanted(statement: Statement) -> bool:
    """Return whether a statement is about the text that the caller asked for."""
    consented = any(each.to is Scope.THIS for each in consents(statement.does))
    return consented or Do.READ_WANTED in statement.does


def _say(builder: TurnBuilder, statement: Statement) -> None:
    """Add a statement's words to the replies: line by line if a call dictates it, once if it is `once`."""
    known = statement.delivery.once and statement.name in builder.session.received
    if not known:
        builder.replies += _in_lines(builder, words(builder, statement))
    by_ear = (
        statement.delivery.dictated and builder.event.channel is Channel.VOICE
    )  # the caller writes in their own language
    if statement.delivery.aloud and statement.delivery.aloud != builder.session.language and not by_ear:
        builder.replies.append(replace(words(builder, statement), language=statement.delivery.aloud))
    if statement.delivery.once and not known:
        builder.session = replace(builder.session, received=(*builder.session.received, statement.name))


def _in_lines(builder: TurnBuilder, tell: Tell) -> list[Tell]:
    """Return a Tell line by line if a call dictates it."""
    statement = builder.book.states.get(state_of(tell.text))
    dictated = isinstance(statement, Statement) and statement.delivery.dictated
    if not dictated or builder.event.channel is not Channel.VOICE:
        return [tell]
    text = filled(builder.book, builder.session.language, Channel.VOICE, tell.text, tell.blanks)
    return in_lines(tell, len(lines_of(text)))


def words(builder: TurnBuilder, statement: Statement) -> Tell:
    """Return a statement's text for this person's state or days out, with the deadline filled in."""
    if statement.variants.at:
        days = school_days(builder.session.days_out, builder.event.at.date())
        text = text_id(statement, part_for(days, statement.variants.at))
        ends = (("first_day", min(days)), ("latest_day", max(days))) if days else ()
        values = (("count", str(len(days))), ("days", listed(days)), *ends)
        return Tell(text, values_for(builder.book, text, values))
    tell = with_deadline(builder.book, builder.session, statement, builder.event.at.date())
    if builder.session.tongue and (
        tongue := values_for(builder.book, tell.text, (("tongue", builder.session.tongue),))
    ):
        tell = replace(tell, blanks=(*tell.blanks, *tongue))
    if not statement.letter:
        return tell
    values = letter_blanks(builder.book, builder.session, statement.letter, builder.event.at.date())
    return replace(tell, blanks=(*tell.blanks, *values_for(builder.book, tell.text, values)))


def _record_consent(builder: TurnBuilder, consent: RecordConsent) -> None:
    """Record a yes to texts. It is ignored between STOP and START."""
    session, wording = builder.session, text_id(builder.book.question(consent.question))
    if session.texting is Texting.STOPPED:
        return
    match consent.to:
        case Scope.SERIES:
            builder.session = replace(session, texting=Texting.YES)
            builder.effects.append(Consent(wording))
        case Scope.PENDING:
            status = session.texting if session.texting is Texting.YES else Texting.PENDING
            builder.session = replace(session, texting=status)
            builder.effects.append(Consent(wording, one_text=True))
        case Scope.NUDGE:
            builder.session = replace(session, nudge=Nudge.YES)
            builder.effects.append(Consent(wording, one_text=True))
        case Scope.THIS:
            builder.effects += [Consent(wording, one_text=True), TextThis(session.wanted)]


def opt_out(builder: TurnBuilder) -> None:
    """Stop all texts until START."""
    session = without_stop_question(builder.session)
    builder.session = replace(session, texting=Texting.STOPPED, misses=0)
    builder.effects.append(StopAll())
    builder.count(Known.STOP)


def without_stop_question(session: Session) -> Session:
    """Return the session without the question whether a text was a STOP, open or put aside, because a STOP answers it."""
    if session.state == Role.STOP_OR_NOT:
        session = replace(session, state=session.paused or Place.REST, misses=0)
    return session.without_aside(Role.STOP_OR_NOT)


def erase(builder: TurnBuilder) -> None:
    """Erase all data about the person, except an opt-out."""
    session = builder.session
    texting = Texting.STOPPED if session.texting is Texting.STOPPED else Texting.UNASKED
    builder.session, builder.undone = Session(language=session.language, texting=texting), True
    builder.effects.append(Erase())


def _start(builder: TurnBuilder, start: StartReminder) -> None:
    """Start a reminder that the person asked for.

    One that asks a question would move a caller there, so it may wait for the end of the call
    (`call_events.caller_left`), or for its own time if nothing reports the end.
    """
    after = builder.book.reminders[start.reminder].after if start.at_end else timedelta()
    if start.at_end:
        builder.session = replace(builder.session, at_end=start.reminder)
    else:
        builder.session = replace(builder.session, nudge=Nudge.USED)
    builder.effects.append(FollowUp(start.reminder, after, one_text=True))


def _record_refusal(builder: TurnBuilder, refusal: RecordRefusal) -> None:
    session = builder.session
    if refusal.to is Scope.NUDGE:
        builder.session = replace(session, nudge=Nudge.NO)
    elif session.texting is not Texting.STOPPED:
        builder.session = replace(session, texting=Texting.NO)
        builder.effects.append(Refuse())
