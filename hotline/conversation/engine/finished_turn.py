"""Finishes a turn: what is said now and later, and the session that remembers the turn."""

from __future__ import annotations

from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import is_line, whole_text_of_line
from hotline.conversation.engine.reminders import reminders_changed
from hotline.conversation.engine.speech import in_parts
from hotline.conversation.engine.turn_builder import TurnBuilder, may_be_texted
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Reply, Tell
from hotline.conversation.model.session import MAX_ANSWERS, Step, Turn


def finish(builder: TurnBuilder) -> Turn:
    """Return the turn as built so far. A call says a long one in parts."""
    said = tuple([reply for reply in builder.replies if isinstance(reply, Tell)])
    now, later = tuple(builder.replies), tuple[Reply, ...]()
    if by_phone := builder.event.channel is Channel.VOICE:
        now, later = in_parts(builder.book, builder.session.language, now, asked=builder.start.state)
        said = tuple(reply for reply in now if isinstance(reply, Tell))
    if builder.keeps_last:
        said, later = builder.start.last, builder.start.more
    elif (builder.continued or builder.skipped) and not any(map(is_line, (*builder.start.last, *said))):
        said = (*builder.start.last, *builder.skipped, *said)
    by_ear = by_phone and isinstance(builder.state(), Question)
    dictating = bool(later) and any(map(is_line, said))
    session = replace(
        builder.session.without_aside(builder.session.state),
        dictation=builder.session.dictation if by_phone and not dictating else (),
        aside=builder.start.aside if builder.session.state == builder.start.state else builder.session.aside,
        part=builder.session.part if by_ear else 0,
        textable=_textable(builder, said) if by_phone else (),
        book=builder.session.book or builder.book.version,
        seen=builder.event.at,
        called=by_phone,
        last=said,
        tail=builder.tail,
        more=later,
        repeats=builder.start.repeats + builder.repeats if builder.repeats else 0,
        steps=_steps(builder),
    )
    return Turn(session, now, tuple(builder.effects))


def _textable(builder: TurnBuilder, said: tuple[Tell, ...]) -> tuple[Tell, ...]:
    """Return the statements of a call that the caller may want as a text."""
    before_letter = builder.start.paused in builder.book.continuations
    earlier = builder.start.textable if builder.continued or before_letter else ()
    worth = [whole_text_of_line(tell) for tell in (*earlier, *said) if may_be_texted(builder.book, tell)]
    return tuple(dict.fromkeys(worth)) or builder.session.textable


def _steps(builder: TurnBuilder) -> tuple[Step, ...]:
    """Return the session's steps, plus the previous place if the person answered there or left it."""
    start, session = builder.start, builder.session
    left = builder.answered or session.state != start.state
    if builder.below:
        start = replace(start.without_aside(builder.below), state=builder.below)
    question = builder.book.states.get(start.state)
    counted = start.days_out != session.days_out
    led_on = left and isinstance(question, Question) and not question.picks
    if builder.undone or not (counted or led_on):
        return session.steps  # a picking question's choices are gone: BACK skips it
    answers = len(start.answers) - session.forgot_since(start)
    known = None if start.known == session.known else start.known
    days_out = None if start.days_out == session.days_out else start.days_out
    received, part = len(start.received), 0 if builder.below else start.part
    started, ended = reminders_changed(builder)
    place = (start.state, start.paused, answers, received, start.below, start.aside)
    step = Step(*place, known, part, days_out, started, ended)
    return (*session.steps, step)[-MAX_ANSWERS:]
