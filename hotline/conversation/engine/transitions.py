"""Walks the flow: from a state through statements and forks to the next question, or to a stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Place, Question, Role, State, Statement
from hotline.conversation.book.texts import is_line, state_of, text_id, values_for
from hotline.conversation.engine.asides import must_return_to, was_informed
from hotline.conversation.engine.conditions import case_target
from hotline.conversation.engine.dictation import return_to_letter
from hotline.conversation.engine.letters import letter_blanks
from hotline.conversation.engine.reminders import update_reminders
from hotline.conversation.engine.speech import choices_asked
from hotline.conversation.engine.statements import say_statement
from hotline.conversation.engine.turn_builder import TurnBuilder, ends_a_call, may_be_texted
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Blanks, Channel, EventKind, LineType, Tell, Texting
from hotline.conversation.model.session import BEGAN, NO_ANSWERS, Answer, Session
from hotline.conversation.nlu.polarity import YES_AND_NO

SAY_NOTHING_ALONE = (*YES_AND_NO, "not_sure", "nothing", "blank", "done")
"""Choices that mean nothing without their question: "So far: Not sure"."""

MAX_STATES = 30
"""The most states one turn may pass through. A longer chain is a loop, which the reader rejects."""


def enter(builder: TurnBuilder, name: str) -> None:
    """Go to the state with this name, or to a Place, and on until a question or the end."""
    for _ in range(MAX_STATES):
        if end := _end_at(builder, name):
            end(builder)
            return
        match _known(builder, _destination(builder, name)):
            case Question() as question if _opted_out_of(builder, question):
                name = question.choice(question.unsure).go
            case Question() as question if given := _take_answer_given_before(builder, question):
                name = given
            case Question() as question:
                _ask(builder, question)
                return
            case Statement() as statement:
                name = _say(builder, statement)
            case Fork() as fork:
                name = case_target(builder, fork)


def _say(builder: TurnBuilder, statement: Statement) -> str:
    """Say a statement, note what it asks to have texted, and return where to go next."""
    if statement.wants:
        builder.session = replace(builder.session, wanted=_tells_from(builder, statement.wants))
    return say_statement(builder, statement)


def _tells_from(builder: TurnBuilder, name: str) -> tuple[Tell, ...]:
    """Return what a person would read from this state on, up to the next question."""
    texted = replace(builder.event, channel=Channel.SMS)
    reading = TurnBuilder(builder.book, texted, builder.session.with_nothing_aside())
    enter(reading, name)
    return tuple(
        reply for reply in reading.replies if isinstance(reply, Tell) and may_be_texted(builder.book, reply)
    )


def _end_at(builder: TurnBuilder, name: str) -> Callable[[TurnBuilder], None] | None:
    """Return how the walk ends at a place, or None at a state or a place that leads to one."""
    return return_to_letter if name == Place.RETURN and builder.session.dictation else ENDS.get(name)


def go_on(builder: TurnBuilder) -> None:
    """Continue with the rest of the call's speech, or ask what else they need if there is none."""
    builder.continued = True
    builder.replies.extend(builder.start.more)
    if not builder.start.more:
        enter(builder, Role.ANYTHING_ELSE)


def _skip_to_the_end(builder: TurnBuilder) -> None:
    """Skip the rest of the call's speech, up to its final question or closing text.

    Statements marked `once`, such as that we are not lawyers, are still said.
    """
    more = builder.start.more
    if not more:
        enter(builder, Role.ANYTHING_ELSE)
    closing = 1 if more and isinstance(more[-1], Ask) else 2
    skipped = [reply for reply in more[:-closing] if isinstance(reply, Tell)]
    builder.replies.extend(reply for reply in skipped if _is_said_once(builder.book, reply))
    builder.replies.extend(more[-closing:])
    builder.skipped = tuple(reply for reply in skipped if not _is_said_once(builder.book, reply))


def _leave_letter(builder: TurnBuilder) -> None:
    """Leave a dictated letter; where none is dictated, ask again."""
    builder.replies.extend(r for r in builder.start.more if not (isinstance(r, Tell) and is_line(r)))
    if not builder.replies:
        ask_again(builder)


def _is_said_once(book: Book, tell: Tell) -> bool:
    state = book.states.get(state_of(tell.text))
    return isinstance(state, Statement) and state.delivery.once


def _rest(builder: TurnBuilder) -> None:
    builder.session = replace(builder.session, state=Place.REST)


def ask_again(builder: TurnBuilder, *, brief: bool = False) -> None:
    """Continue a call's pending speech, or ask the open or paused question, or what else they need."""
    session = builder.session
    if builder.start.more and not builder.undone and session.state == builder.start.state:
        if builder.dictates():
            builder.keeps_last = True
            builder.replies.append(Ask(Role.NEXT_LINE, brief=True))
        else:
            go_on(builder)
        return
    name = session.state if isinstance(builder.state(), Question) else session.paused
    question = builder.book.states.get(name)
    if isinstance(question, Question) and _opted_out_of(builder, question):
        enter(builder, name)
    elif isinstance(question, Question):
        if session.state != name:
            builder.session = replace(session.without_aside(name), state=name, aside=False, part=0)
        builder.replies.append(ask_of(builder, name, brief=brief and builder.event.channel is Channel.VOICE))
    elif session.paused:
        enter(builder, Place.RETURN)
    else:
        enter(builder, Role.ANYTHING_ELSE if session.state else Role.MENU)


def ask_of(builder: TurnBuilder, name: str, *, brief: bool = False) -> Ask:
    """Return the Ask for this question, with the question's number if its text contains one.

    A phone that takes no texts, or hides its number, gets ANYTHING_ELSE without the explanation of key 7; so does
    a caller who was offered it.
    """
    no_texts = builder.session.line is LineType.LANDLINE or not builder.event.reachable
    offered = any(step.state == Role.ANYTHING_ELSE for step in builder.session.steps)
    if name == Role.ANYTHING_ELSE and builder.event.channel is Channel.VOICE and (no_texts or offered):
        brief = True
    blanks: Blanks = ()
    if name == Role.CALL_DROPPED:
        blanks = (("question", str(question_number(builder.book, builder.session))),)
    question = builder.book.states.get(name)
    only: tuple[str, ...] = ()
    if isinstance(question, Question):
        only = choices_asked(builder.event.channel, question, builder.session, texts=builder.takes_texts())
    if isinstance(question, Question) and question.letter:
        values = letter_blanks(builder.book, builder.session, question.letter, builder.event.at.date())
        blanks = values_for(builder.book, text_id(question), values)
    return Ask(name, brief, blanks, only)


def question_number(book: Book, session: Session) -> int:
    """Return the number of the screening question that the person is at, counted from 1."""
    return 1 + sum(must_return_to(book, a.state) for a in session.screening if a.choice not in NO_ANSWERS)


def repeat(builder: TurnBuilder, *, slower: bool = False) -> None:
    """Say all of the last turn again: its statements and the question."""
    builder.replies.extend(builder.session.last)
    if builder.start.more:
        builder.replies.extend(builder.start.more)
    elif builder.session.state == Role.SAFE_TO_GO_ON and not builder.session.last:  # after BACK
        enter(builder, builder.book.danger_statement(builder.session.worry))
    else:
        ask_again(builder)
    builder.repeats = 2 if slower else 1


ENDS: Mapping[str, Callable[[TurnBuilder], None]] = {
    Place.STAY: lambda _: None,
    Place.REST: _rest,
    Place.NEXT_PART: go_on,
    Place.LAST_PART: _skip_to_the_end,
    Place.LAST_LINE: _leave_letter,
    Place.REPEAT: repeat,
}
"""Handlers for the places that end a walk."""


def end_call_turn(builder: TurnBuilder) -> None:
    """Ask again if a call's turn would otherwise end without anything to wait for."""
    if builder.waits:
        return
    if builder.event.channel is Channel.VOICE and not any(map(ends_a_call, builder.replies)):
        ask_again(builder)


def _destination(builder: TurnBuilder, name: str) -> str:
    """Return the state that a place currently stands for; any other name is returned as is."""
    if name == Place.SKIP:
        return _destination(builder, _skip(builder))
    if name not in (Place.RETURN, Place.RETRY):
        return name
    builder.session = replace(builder.session, aside=False)
    if name == Place.RETRY and isinstance(builder.book.states.get(builder.session.stuck_at), Question):
        return builder.session.stuck_at
    while paused := builder.session.paused:
        builder.session = builder.session.without_aside(paused)
        replaced = isinstance(builder.book.states.get(paused), Statement | Fork)  # by an edit of the flows
        over = paused == Role.BEGIN and was_informed(builder)
        if not over and (not replaced or paused in builder.book.continuations):
            return paused
    return Role.ANYTHING_ELSE


def _take_answer_given_before(builder: TurnBuilder, question: Question) -> str:
    """Record an answer given before its question came, and return its target, or "" if there is none."""
    session = (
        _session_at_screening_start(builder, question).with_nothing_aside()
        if question.fresh
        else builder.session
    )
    choice = dict(session.given).get(question.name)
    if not choice or not question.holds or builder.event.kind is EventKind.DUE:
        return ""
    left = tuple(pair for pair in session.given if pair[0] != question.name)
    builder.session = replace(session.without_aside(question.name), given=left).with_answer(
        question.name, choice
    )
    builder.count(f"answer.{question.name}.{choice}")
    if choice not in SAY_NOTHING_ALONE:
        builder.noted.append(text_id(question, f"choice.{choice}"))
    return question.choice(choice).go


def _session_at_screening_start(builder: TurnBuilder, question: Question) -> Session:
    """Return the session at the start of a screening, without the answers that an earlier story gave for an earlier screening."""
    session = builder.session
    if session.answers[-1:] == (Answer(question.name, BEGAN),):
        return session
    earlier = () if session.another else session.outcomes or session.earlier
    session = replace(session, dictation=())
    again = any(answer.choice == BEGAN for answer in session.answers)
    given = tuple(pair for pair in session.given if not (again and pair in builder.start.given))
    return replace(session, earlier=earlier, given=given).with_answer(question.name, BEGAN)


def _ask(builder: TurnBuilder, question: Question) -> None:
    session = builder.session
    if question.fresh:
        session = _session_at_screening_start(builder, question)
    if question.name in session.stack:
        session = replace(session.without_aside(question.name), aside=False)  # an aside led back by itself
    session = session.with_nothing_aside() if question.fresh else session
    builder.session = replace(
        session,
        state=question.name,
        misses=session.misses if session.state == question.name else 0,
        part=0,
    )
    if question.assumed and not session.slot(question.name):
        ago = question.choice(question.assumed).days_ago or 0
        builder.session = builder.session.with_slot(
            question.name, (builder.event.at.date() - timedelta(days=ago)).isoformat()
        )
    if question.reach:  # the request counts even without a preferred time
        builder.ask_person(question.reach, when=question.unsure)
    update_reminders(builder, question)
    builder.replies.append(ask_of(builder, question.name))


def _opted_out_of(builder: TurnBuilder, question: Question) -> bool:
    """Return whether this asks for consent from a person who sent STOP: not allowed before START."""
    return builder.session.texting is Texting.STOPPED and builder.book.asks_consent(question.name)


def _skip(builder: TurnBuilder) -> str:
    """Answer the stuck question with "not sure", unless it is in an aside, and return the target."""
    state = builder.book.states.get(builder.session.stuck_at)
    builder.session = replace(builder.session.without_aside(builder.session.stuck_at), aside=False)
    if not isinstance(state, Question) or not must_return_to(builder.book, state.name):
        return Place.RETURN
    if state.holds:
        builder.session = builder.session.with_answer(state.name, state.unsure)
    return state.choice(state.unsure).go


def _known(builder: TurnBuilder, name: str) -> State:
    """Return the state with this name; MOVED_ON if an edit of the flows removed it."""
    state = builder.book.states.get(name)
    if state is None:
        builder.session = replace(builder.session.with_nothing_aside(), answers=(), steps=())
        return builder.book.states[Role.MOVED_ON]
    return state
