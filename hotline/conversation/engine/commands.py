"""Runs commands that work anywhere, such as BACK and WHY, and enters topics asked for in passing.

The tables WORDS and ACTS define what each command does; an answer that picks a topic runs one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role, Statement, Takes
from hotline.conversation.book.texts import line_before, whole_text_of_line
from hotline.conversation.engine.answers import enter_with_day, take_choice
from hotline.conversation.engine.asides import must_return_to, put_aside
from hotline.conversation.engine.conditions import state_after_forks
from hotline.conversation.engine.follow_language import next_language, switch_language
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.question_parts import first_part
from hotline.conversation.engine.reminders import OTHER, forget_days, go_back
from hotline.conversation.engine.screening_start import has_asked_about_child, opens_with_school_report
from hotline.conversation.engine.statements import opt_out, words
from hotline.conversation.engine.transitions import ask_again, enter, repeat
from hotline.conversation.engine.turn_builder import PRIVATE_AFTER, TurnBuilder, may_be_texted
from hotline.conversation.engine.volunteered import SHORTEST_STORY, answers_for_another_child
from hotline.conversation.engine.who_writes import topic_state
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Choice, Tell, Texting
from hotline.conversation.nlu.choices import is_question
from hotline.conversation.nlu.reader import Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.stated_facts import age_stated

WORDS: Mapping[str, str] = {
    Known.CRISIS: Role.DANGER,
    Known.ABUSE: Role.ABUSE,
    Known.HELP: Role.HELP,
    Known.HUMAN: Role.PERSON,
    Known.MENU: Role.MENU,
}
"""The states for commands that work anywhere."""


STAYS = (Known.BACK, Known.REPEAT, Known.GO_ON, Known.START, Known.SLOWER)
"""Commands that lead to no other topic."""


def run_command(builder: TurnBuilder, intent: str) -> None:
    """Run a command that works anywhere, or enter a topic asked for in passing."""
    roles, here = builder.book.roles, builder.session
    if intent not in STAYS:
        put_aside(builder)
        builder.session = replace(builder.session, aside=True)
    if intent == Known.GREETING:
        _answer_greeting(builder)
    elif intent in roles.resumes and builder.start.state in RESTS_AFTER_DANGER and builder.session.paused:
        stop_waits = builder.session.paused == Role.STOP_OR_NOT
        enter(builder, Place.RETURN if stop_waits else Role.WELCOME_BACK)
    elif intent in roles.begins_screening and (left := _question_to_resume(builder, intent)):
        builder.session = builder.session.back_to(left)
        enter(builder, Place.RETURN)
    elif act := ACTS.get(intent):
        act(builder)
    elif language := roles.languages.get(intent):
        switch_language(builder, language)
    elif state := WORDS.get(intent) or topic_state(builder, intent):
        builder.count(f"word.{intent}")
        enter_with_day(builder, state)
    else:
        builder.session = here  # it leads nowhere: a second miss must be known as one
        miss(builder)


def open_topic(builder: TurnBuilder, reading: Reading, intent: str) -> None:
    """Run a command or enter a topic. If a parent opens with what the school said, begin the screening after the answer."""
    if not opens_with_school_report(builder, reading, intent):
        run_command(builder, intent)
        return
    before = len(builder.replies)
    builder.session = builder.session.with_aside(Role.SCREENING)
    run_command(builder, intent)
    question = builder.question()
    explained = any(isinstance(reply, Tell) for reply in builder.replies[before:])
    only_offers = question and explained and not must_return_to(builder.book, question.name)
    if only_offers and builder.session.paused == Role.SCREENING:
        builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
        enter(builder, Place.RETURN)  # the topic ends in a menu, such as the list of all rights


def _answer_greeting(builder: TurnBuilder) -> None:
    """Answer a hello: with the choice to go on in the middle of the screening, else with what was open."""
    if _paused_screening_question(builder):
        enter(builder, Role.WELCOME_BACK)
    else:
        enter(builder, Place.RETURN if builder.session.paused else Role.MENU)


def _paused_screening_question(builder: TurnBuilder) -> str:
    """Return the screening question that was left, or "": a child's story does not restart it."""
    questions = (builder.book.states.get(name) for name in builder.session.stack)
    return next((q.name for q in reversed([*questions]) if isinstance(q, Question) and q.holds), "")


def _question_to_resume(builder: TurnBuilder, intent: str) -> str:
    """Return the unfinished screening question or, for a story, the state or reminder question after the screening, or "".

    A story that gives an age may be about another child.
    """
    if (left := _paused_screening_question(builder)) or intent != Known.SCREEN:
        return left
    text, session, lexicon = builder.event.text, builder.session, builder.book.reader.lexicon
    question = builder.book.states.get(session.paused)
    tells = len(text.split()) >= SHORTEST_STORY and not is_question(text, lexicon)
    story = tells and age_stated(text, lexicon) is None
    if not story or not session.outcomes or not isinstance(question, Question):
        return ""
    return question.name if question.reminder or question.takes is Takes.STATE else ""


def answer(builder: TurnBuilder, question: Question, choice: Choice) -> None:
    """Process a choice made at the open question, and enter the next state."""
    if question.picks:
        _pick(builder, choice)
    elif question.name in (Role.MORE, Role.NEXT_LINE):
        enter(builder, choice.go)
    else:
        take_choice(builder, question, choice)


def _pick(builder: TurnBuilder, choice: Choice) -> None:
    """Enter the topic that was meant, of those that we asked about."""
    builder.session = session = replace(builder.session, between=(), misses=0)
    builder.count(f"picked.{choice.name}")
    if choice.name == "none":
        enter(builder, choice.go)
    else:  # from the previous question: "repeat" must not re-ask this one without its choices
        builder.session = replace(session, state=session.paused or Place.REST, aside=False)
        before = builder.start.before_last_answer()
        if choice.name == Known.BACK and before and before.state == session.paused:
            builder.start = before  # BACK from the question that was open, rather than to it
        run_command(builder, choice.name)


def _back(builder: TurnBuilder) -> None:
    """Undo the last answer, or return from an aside if there is none."""
    before = builder.start.before_last_answer()
    builder.undone = True
    if first_part(builder):
        ask_again(builder)
        return
    if builder.dictates() and (line := line_before(builder.start.last[-1])):
        builder.continued = True
        builder.replies += [line, builder.start.last[-1], *builder.start.more]
        return
    if before is None:
        enter(builder, Place.RETURN if builder.session.paused else Role.MENU)
        return
    go_back(builder, before)
    ask_again(builder)


def _start_over(builder: TurnBuilder) -> None:
    """Start a new screening, forgetting the person's state and days too."""
    if builder.session.another:  # the reminders are about the first child, and stay
        builder.session = replace(builder.session, known=())
    forget_days(builder, ())
    builder.session = replace(builder.session, another=False, given=())
    enter(builder, Role.SCREENING)


def _start_another_child(builder: TurnBuilder) -> None:
    """Start a screening for another child. The first result and its follow-ups stay."""
    if not has_asked_about_child(builder):
        enter(builder, Role.SCREENING if builder.session.given else Role.MENU)
        return
    home = builder.book.home_question  # the days are of the first child
    known = tuple(pair for pair in builder.session.known if pair[0] == home)
    session = replace(
        builder.session, another=True, earlier=(), known=known, given=answers_for_another_child(builder)
    )
    builder.session = session.with_slot(Role.ANOTHER_CHILD, OTHER)
    enter(builder, Role.ANOTHER_CHILD)


def _why(builder: TurnBuilder) -> None:
    """Explain the outcomes by the answers, only while they are recent, because phones are shared."""
    session, book = builder.session, builder.book
    asked = book.states.get(builder.start.state)
    if isinstance(asked, Question) and asked.takes is Takes.STATE:
        enter(builder, Role.WHY_STATE)
        return
    found = [book.states.get(name) for name in session.outcomes]
    reasons = [
        state.outcome.why
        for state in found
        if isinstance(state, Statement) and state.outcome and state.outcome.why
    ]
    if session.outcome_at and builder.event.at - session.outcome_at > PRIVATE_AFTER:
        enter(builder, Role.TOO_LATE_TO_SAY_WHY)
    elif not reasons:
        enter(builder, Role.NO_OUTCOME_YET)
    else:
        statements = [builder.book.statement(state_after_forks(builder, name)) for name in reasons]
        builder.replies += [words(builder, statement) for statement in statements]
        enter(builder, Place.RETURN)


def _text_this(builder: TurnBuilder) -> None:
    """Offer to text what the call just said; on SMS, say that there is nothing to text.

    It returns to the open question, whichever that was.
    """
    later = (reply for reply in builder.start.more if isinstance(reply, Tell))
    wanted = (
        *builder.start.textable,
        *(whole_text_of_line(tell) for tell in later if may_be_texted(builder.book, tell)),
    )
    wanted = tuple(dict.fromkeys(wanted))
    if (
        builder.event.channel is Channel.VOICE
        and isinstance(builder.state(), Question)
        and not builder.start.aside
    ):
        builder.session = builder.session.with_aside(builder.session.state)
    if builder.event.channel is Channel.SMS or not wanted:
        enter(builder, Role.NOTHING_TO_TEXT)
    else:
        builder.session = replace(builder.session, wanted=wanted)
        enter(builder, Role.TEXT_THIS)


def _stop(builder: TurnBuilder) -> None:
    """Opt out of texts but keep the conversation: on a call the caller can go on."""
    opt_out(builder)
    enter(builder, Role.STOPPED)


def _maybe_stop(builder: TurnBuilder) -> None:
    """Ask once whether a text was a STOP; no answer counts as one (47 CFR 64.1200(a)(12)).

    Until then nothing is sent unprompted, and nothing pending is lost. In a call no answer changes nothing: what
    was said may be misheard, and a slip of the thumb says nothing.
    """
    if builder.session.texting is Texting.STOPPED:
        enter(builder, Role.STOP_OR_NOT) if builder.session.waits_at(Role.STOP_OR_NOT) else miss(builder)
        return
    builder.count(Known.STOP_UNCLEAR)
    builder.session = replace(builder.session, before_stop=builder.session.texting)
    if builder.event.channel is Channel.SMS:
        builder.session = replace(builder.session, texting=Texting.STOPPED)
    enter(builder, Role.STOP_OR_NOT)


def _repeat(builder: TurnBuilder, *, slower: bool = False) -> None:
    """Repeat the last turn, more slowly if asked to, or only the question if another person may have the phone by now."""
    seen = builder.start.seen
    if seen is None or builder.event.at - seen > PRIVATE_AFTER:
        ask_again(builder)
    else:
        repeat(builder, slower=slower)


def _how(builder: TurnBuilder) -> None:
    """Give the letter to a person who asks how, once an outcome says what to do."""
    if builder.session.outcomes:
        builder.count(f"word.{Known.LETTER}")
        enter(builder, builder.book.topics[Known.LETTER])
    else:
        miss(builder)


def _go_on(builder: TurnBuilder) -> None:
    """Resume the question that was left; after danger with none, show the menu."""
    if builder.session.paused and not must_return_to(builder.book, builder.session.state):
        enter(builder, Place.RETURN)
    elif builder.start.state in RESTS_AFTER_DANGER:
        enter(builder, Role.MENU)
    else:
        ask_again(builder)


ACTS: Mapping[str, Callable[[TurnBuilder], None]] = {
    Known.STOP: _stop,
    Known.STOP_UNCLEAR: _maybe_stop,
    Known.BACK: _back,
    Known.REPEAT: _repeat,
    Known.START: ask_again,
    Known.GO_ON: _go_on,
    Known.SLOWER: partial(_repeat, slower=True),
    Known.HOW: _how,
    Known.RESTART: _start_over,
    Known.ANOTHER_CHILD: _start_another_child,
    Known.WHY: _why,
    Known.TEXT_ME: _text_this,
    Known.OTHER_LANGUAGE: next_language,
}
"""Handlers for commands that do more than enter a state."""
