"""Finishes a draft: what is said now and later, and the session that remembers the turn."""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import is_line, whole
from hotline.conversation.engine.speech import in_parts
from hotline.conversation.engine.turn_builder import Draft, may_be_texted
from hotline.conversation.model.events import Channel, Reply, Tell
from hotline.conversation.model.session import MAX_ANSWERS, Step, Turn


def finish(draft: Draft) -> Turn:
    """Return the turn as built so far. A call says a long one in parts."""
    said = tuple(reply for reply in draft.replies if isinstance(reply, Tell))
    now, later = tuple(draft.replies), tuple[Reply, ...]()
    if draft.event.channel is Channel.VOICE:
        now, later = in_parts(draft.book, draft.session.language, now)
        said = tuple(reply for reply in now if isinstance(reply, Tell))
    before_letter = draft.start.paused in draft.book.continuations
    earlier = draft.start.textable if draft.continued or before_letter else ()
    if draft.same_line:
        said, later = draft.start.last, draft.start.more
    elif (draft.continued or draft.skipped) and not any(map(is_line, (*draft.start.last, *said))):
        said = (*draft.start.last, *draft.skipped, *said)
    worth = tuple(whole(tell) for tell in (*earlier, *said) if may_be_texted(draft.book, tell))
    worth = tuple(dict.fromkeys(worth))
    by_ear = draft.event.channel is Channel.VOICE and isinstance(draft.state(), Question)
    session = replace(
        draft.session.without_aside(draft.session.state),
        aside=draft.start.aside if draft.session.state == draft.start.state else draft.session.aside,
        part=draft.session.part if by_ear else 0,
        textable=(worth or draft.session.textable) if draft.event.channel is Channel.VOICE else (),
        book=draft.session.book or draft.book.version,
        seen=draft.event.at,
        called=draft.event.channel is Channel.VOICE,
        last=said,
        tail=draft.tail,
        more=later,
        repeats=draft.start.repeats + (2 if draft.slower else 1) if draft.repeated else 0,
        trail=_trail(draft),
    )
    return Turn(session, now, tuple(draft.effects))


def _trail(draft: Draft) -> tuple[Step, ...]:
    """Return the trail, plus where the person was if they answered or were led away from there."""
    start, session = draft.start, draft.session
    left = draft.answered or session.state != start.state
    if draft.below:
        start = replace(start.without_aside(draft.below), state=draft.below)
    question = draft.book.states.get(start.state)
    if draft.undone or not left or not isinstance(question, Question) or question.picks:
        return session.trail  # a picking question's choices are gone: BACK skips it
    answers = len(start.answers) - session.forgot_since(start)
    known = None if start.known == session.known else start.known
    received, part = len(start.received), 0 if draft.below else start.part
    step = Step(start.state, start.paused, answers, received, start.below, start.aside, known, part)
    return (*session.trail, step)[-MAX_ANSWERS:]
