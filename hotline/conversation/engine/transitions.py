"""Walks the flow: from a state through statements and forks to the next question, or to a stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Place, Question, Role, State, Statement
from hotline.conversation.book.texts import is_line, needed, state_of, text_id
from hotline.conversation.engine.asides import holds
from hotline.conversation.engine.conditions import case_target
from hotline.conversation.engine.letters import letter_blanks
from hotline.conversation.engine.reminders import reached
from hotline.conversation.engine.speech import part_offered
from hotline.conversation.engine.statements import tell
from hotline.conversation.engine.turn_builder import Draft, ends_a_call, may_be_texted
from hotline.conversation.model.events import Ask, AskPerson, Blanks, Channel, Kind, LineType, Tell, Texting
from hotline.conversation.model.session import BEGAN, NO_ANSWERS, Answer, Session

YES_AND_NO = ("yes", "no")

MAX_STATES = 30
"""The most states one turn may pass through. A longer chain is a loop, which the reader rejects."""


def enter(draft: Draft, name: str) -> None:
    """Go to the state with this name, or to a Place, and on until a question or the end."""
    for _ in range(MAX_STATES):
        if name in ENDS:
            ENDS[Place(name)](draft)
            return
        match _known(draft, _destination(draft, name)):
            case Question() as question if _opted_out_of(draft, question):
                name = question.choice(question.unsure).go
            case Question() as question if given := _given(draft, question):
                name = given
            case Question() as question:
                _ask(draft, question)
                return
            case Statement() as statement:
                name = _say(draft, statement)
            case Fork() as fork:
                name = case_target(draft, fork)


def _say(draft: Draft, statement: Statement) -> str:
    """Say a statement, note what it asks to have texted, and return where to go next."""
    if statement.wants:
        draft.session = replace(draft.session, wanted=_tells_from(draft, statement.wants))
    return tell(draft, statement)


def _tells_from(draft: Draft, name: str) -> tuple[Tell, ...]:
    """Return what a person would read from this state on, up to the next question."""
    texted = replace(draft.event, channel=Channel.SMS)
    reading = Draft(draft.book, texted, draft.session.with_nothing_aside())
    enter(reading, name)
    return tuple(
        reply for reply in reading.replies if isinstance(reply, Tell) and may_be_texted(draft.book, reply)
    )


def go_on(draft: Draft) -> None:
    """Continue with the rest of the call's speech, or ask what else they need if there is none."""
    draft.continued = True
    draft.replies.extend(draft.start.more)
    if not draft.start.more:
        enter(draft, Role.ANYTHING_ELSE)


def _skip_lines(draft: Draft) -> None:
    """Skip the rest of the dictated lines, and say what comes after them."""
    draft.replies.extend(r for r in draft.start.more if not (isinstance(r, Tell) and is_line(r)))


def _skip_to_the_end(draft: Draft) -> None:
    """Skip the rest of the call's speech, up to its final question or closing text.

    Statements marked `once`, such as that we are not lawyers, are still said.
    """
    more = draft.start.more
    if not more:
        enter(draft, Role.ANYTHING_ELSE)
    closing = 1 if more and isinstance(more[-1], Ask) else 2
    skipped = [reply for reply in more[:-closing] if isinstance(reply, Tell)]
    draft.replies.extend(reply for reply in skipped if _is_said_once(draft.book, reply))
    draft.replies.extend(more[-closing:])
    draft.skipped = tuple(reply for reply in skipped if not _is_said_once(draft.book, reply))


def _is_said_once(book: Book, tell: Tell) -> bool:
    state = book.states.get(state_of(tell.text))
    return isinstance(state, Statement) and state.once


def _stay(_: Draft) -> None:
    """Do nothing."""


def _rest(draft: Draft) -> None:
    draft.session = replace(draft.session, state=Place.REST)


def ask_again(draft: Draft, *, brief: bool = False) -> None:
    """Continue a call's pending speech, or ask the open or paused question, or what else they need."""
    session = draft.session
    if draft.start.more and not draft.undone and session.state == draft.start.state:
        if draft.dictates():
            draft.same_line = True
            draft.replies.append(Ask(Role.NEXT_LINE, brief=True))
        else:
            go_on(draft)
        return
    name = session.state if isinstance(draft.state(), Question) else session.paused
    question = draft.book.states.get(name)
    if isinstance(question, Question) and _opted_out_of(draft, question):
        enter(draft, name)
    elif isinstance(question, Question):
        if session.state != name:
            draft.session = replace(session.without_aside(name), state=name, aside=False, part=0)
        draft.replies.append(asked(draft, name, brief=brief and draft.event.channel is Channel.VOICE))
    elif session.paused:
        enter(draft, Place.RETURN)
    else:
        enter(draft, Role.ANYTHING_ELSE if session.state else Role.MENU)


def asked(draft: Draft, name: str, *, brief: bool = False) -> Ask:
    """Return the Ask for this question, with the question's number if its text contains one.

    A phone that takes no texts, or hides its number, gets ANYTHING_ELSE without the explanation of key 7; so does
    a caller who was offered it.
    """
    no_texts = draft.session.line is LineType.LANDLINE or not draft.event.reachable
    offered = any(step.state == Role.ANYTHING_ELSE for step in draft.session.trail)
    if name == Role.ANYTHING_ELSE and draft.event.channel is Channel.VOICE and (no_texts or offered):
        brief = True
    blanks: Blanks = ()
    if name == Role.CALL_DROPPED:
        blanks = (("question", str(question_number(draft.book, draft.session))),)
    question = draft.book.states.get(name)
    only: tuple[str, ...] = ()
    if isinstance(question, Question):
        part = part_offered(draft.event.channel, question, draft.session.part)
        only = draft.session.between if question.picks else part
    if isinstance(question, Question) and question.letter:
        values = letter_blanks(draft.book, draft.session, question.letter, draft.event.at.date())
        blanks = needed(draft.book, text_id(question), values)
    return Ask(name, brief, blanks, only)


def question_number(book: Book, session: Session) -> int:
    """Return the number of the screening question that the person is at, from 1."""
    return 1 + sum(holds(book, a.state) for a in session.screening if a.choice not in NO_ANSWERS)


def repeat(draft: Draft) -> None:
    """Say all of the last turn again: its statements and the question."""
    draft.replies.extend(draft.session.last)
    if draft.start.more:
        draft.replies.extend(draft.start.more)
    else:
        ask_again(draft)
    draft.repeated = True


ENDS: Mapping[str, Callable[[Draft], None]] = {
    Place.STAY: _stay,
    Place.REST: _rest,
    Place.NEXT_PART: go_on,
    Place.LAST_PART: _skip_to_the_end,
    Place.LAST_LINE: _skip_lines,
    Place.REPEAT: repeat,
}
"""Handlers for the places that end a walk."""


def end_call_turn(draft: Draft) -> None:
    """Ask again if a call's turn would otherwise end without anything to wait for."""
    if draft.waits:
        return
    if draft.event.channel is Channel.VOICE and not any(map(ends_a_call, draft.replies)):
        ask_again(draft)


def _destination(draft: Draft, name: str) -> str:
    """Return the state that a place currently stands for; any other name is returned as is."""
    if name == Place.SKIP:
        return _destination(draft, _skip(draft))
    if name not in (Place.RETURN, Place.RETRY):
        return name
    draft.session = replace(draft.session, aside=False)
    if name == Place.RETRY and isinstance(draft.book.states.get(draft.session.stuck_at), Question):
        return draft.session.stuck_at
    while paused := draft.session.paused:
        draft.session = draft.session.without_aside(paused)
        replaced = isinstance(draft.book.states.get(paused), Statement | Fork)  # by an edit of the flows
        if not replaced or paused in draft.book.continuations:
            return paused
    return Role.ANYTHING_ELSE


def _given(draft: Draft, question: Question) -> str:
    """Record an answer given before its question came, and return its target, or "" if there is none."""
    choice = dict(draft.session.given).get(question.name)
    if not choice or not question.holds or draft.event.kind is Kind.DUE:
        return ""
    session = draft.session
    if question.fresh:
        earlier = () if session.another else session.outcomes or session.earlier
        session = replace(session, earlier=earlier).with_answer(question.name, BEGAN)
    left = tuple(pair for pair in session.given if pair[0] != question.name)
    draft.session = replace(session.without_aside(question.name), given=left).with_answer(
        question.name, choice
    )
    draft.count(f"answer.{question.name}.{choice}")
    if choice not in YES_AND_NO:  # meaningless to confirm on their own
        draft.noted.append(text_id(question, f"choice.{choice}"))
    return question.choice(choice).go


def _ask(draft: Draft, question: Question) -> None:
    session = draft.session
    if question.fresh and session.answers[-1:] != (Answer(question.name, BEGAN),):
        earlier = () if session.another else session.outcomes or session.earlier
        session = replace(session, earlier=earlier).with_answer(question.name, BEGAN)
    if question.name in session.stack:
        session = replace(session.without_aside(question.name), aside=False)  # an aside led back by itself
    session = session.with_nothing_aside() if question.fresh else session
    draft.session = replace(
        session,
        state=question.name,
        misses=session.misses if session.state == question.name else 0,
        part=0,
    )
    if question.assumed and not session.slot(question.name):
        draft.session = assumed(draft, question)
    if question.calls_back:  # call back even without a preferred time
        draft.effects.append(AskPerson(when=question.unsure))
    reached(draft, question)
    draft.replies.append(asked(draft, question.name))


def assumed(draft: Draft, question: Question) -> Session:
    """Return the session with the day that counts until the person gives one."""
    ago = question.choice(question.assumed).days_ago or 0
    return draft.session.with_slot(question.name, (draft.event.at.date() - timedelta(days=ago)).isoformat())


def _opted_out_of(draft: Draft, question: Question) -> bool:
    """Return whether this asks for consent from a person who sent STOP: not allowed before START."""
    return draft.session.texting is Texting.STOPPED and draft.book.asks_consent(question.name)


def _skip(draft: Draft) -> str:
    """Answer the stuck question with "not sure", unless it is in an aside, and return the target."""
    state = draft.book.states.get(draft.session.stuck_at)
    draft.session = replace(draft.session.without_aside(draft.session.stuck_at), aside=False)
    if not isinstance(state, Question) or not holds(draft.book, state.name):
        return Place.RETURN
    if state.holds:
        draft.session = draft.session.with_answer(state.name, state.unsure)
    return state.choice(state.unsure).go


def _known(draft: Draft, name: str) -> State:
    """Return the state with this name; MOVED_ON if an edit of the flows removed it."""
    state = draft.book.states.get(name)
    if state is None:
        draft.session = replace(draft.session.with_nothing_aside(), answers=(), trail=())
        return draft.book.states[Role.MOVED_ON]
    return state
