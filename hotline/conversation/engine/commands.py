"""The moves of a conversation: what a word, an answer or a miss does, wherever the person is.

The tables WORDS and ACTS hold what fits a table. Code follows for what does not: an answer, BACK, WHY, the
way out after two tries. `step` decides which move an event makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from hotline.conversation.book.states import Book, Fork, Place, Question, Role, Statement, Takes
from hotline.conversation.engine.conditions import way_of
from hotline.conversation.engine.days_out import is_school_day, with_day
from hotline.conversation.engine.reminders import take_back
from hotline.conversation.engine.statements import opt_out, words
from hotline.conversation.engine.transitions import ask_again, enter, holds, put_aside, repeat
from hotline.conversation.engine.turn_builder import PRIVATE_AFTER, Draft, is_worth_keeping
from hotline.conversation.model.events import AskPerson, Cancel, Channel, Choice, Nudge, Tell, Texting
from hotline.conversation.nlu.dates import read_day

TRIES = 2
"""Misses at one question before the way out."""

AWAY_AFTER = timedelta(hours=12)
"""Who comes back after so long, and says nothing that we understand, is asked whether to go on."""

WORDS = {
    "crisis": Role.DANGER,
    "abuse": Role.ABUSE,
    "help": Role.HELP,
    "human": Role.PERSON,
    "menu": Role.MENU,
}
"""What a word that works anywhere leads to."""


RESTS_AFTER_DANGER = (Role.GLAD_YOU_ARE_HERE, Role.GLAD_YOU_TOLD_US)
"""Where danger words leave who texts. MENU leads back from there to the question that was left."""


def say_word(draft: Draft, meaning: str) -> None:
    """A word that works anywhere, or a topic asked for in passing."""
    if meaning not in ("back", "repeat"):
        put_aside(draft)
    if meaning == "greeting":
        enter(draft, Role.WELCOME_BACK if draft.session.paused else Role.MENU)
    elif meaning in ("menu", "go_on") and draft.start.state in RESTS_AFTER_DANGER and draft.session.paused:
        enter(draft, Role.WELCOME_BACK)
    elif meaning in ("screen", "quiz") and _in_screening(draft):
        enter(draft, Place.RETURN)
    elif act := ACTS.get(meaning):
        act(draft)
    elif state := WORDS.get(meaning) or draft.book.topics.get(meaning):
        draft.count(f"word.{meaning}")
        _to_topic(draft, state)
    else:
        miss(draft)


def _in_screening(draft: Draft) -> bool:
    """Whether a question of the screening waits: a child's story told elsewhere does not throw back to the first."""
    paused = draft.book.states.get(draft.session.paused)
    return isinstance(paused, Question) and paused.holds


def _to_topic(draft: Draft, name: str) -> None:
    """Enters a state asked for in passing. Who names the day that it would ask for is not asked: "I sent it
    Monday".
    """
    state = draft.book.states.get(name)
    if isinstance(state, Question) and state.takes is Takes.DAY:
        day = read_day(draft.event.text, draft.event.at.date(), draft.book.meanings.lexicon)
        if day is not None:
            take(draft, state, day.isoformat())
            return
    enter(draft, name)


def ask_which(draft: Draft, intents: tuple[str, ...]) -> None:
    """Ask which of a few topics was meant, and keep the place."""
    put_aside(draft)
    draft.count("asked_which")
    draft.session = replace(draft.session, between=(*intents, "none"))
    enter(draft, Role.WHICH_TOPIC)


def answer(draft: Draft, question: Question, choice: Choice) -> None:
    """A choice of the question that waits was made."""
    if question.picks:
        draft.session = session = replace(draft.session, between=(), misses=0)
        draft.count(f"picked.{choice.name}")
        if choice.name == "none":
            enter(draft, choice.go)
        else:  # from the question before: "repeat" must not ask again what nothing is left to choose from
            draft.session = replace(session, state=session.paused or Place.REST)
            say_word(draft, choice.name)
        return
    if question.name == Role.MORE:
        enter(draft, choice.go)
        return
    if choice.days_ago is not None:
        day = draft.event.at.date() - timedelta(days=choice.days_ago)
        take(draft, question, day.isoformat())
        return
    _answered(draft, question)
    if question.holds:
        draft.session = draft.session.with_answer(question.name, choice.name)
    if question.calls_back:
        draft.effects.append(AskPerson(when=choice.name))
    draft.count(f"answer.{question.name}.{choice.name}")
    enter(draft, choice.go)


def take(draft: Draft, question: Question, value: str) -> None:
    """A question that takes a state or a day was told one."""
    if question.collects:
        _collect(draft, question, value)
        return
    _answered(draft, question)
    draft.session = draft.session.knowing(question.name, value)
    draft.count(f"told.{question.name}")
    enter(draft, question.go)


def _collect(draft: Draft, question: Question, day: str) -> None:
    """One more day out of school was told. A weekend's does not count, and the question is asked again."""
    _answered(draft, question)
    draft.session = replace(draft.session, days_out=with_day(draft.session.days_out, day))
    draft.count("day_out")
    enter(draft, question.go if is_school_day(date.fromisoformat(day)) else question.weekend)


def _answered(draft: Draft, question: Question) -> None:
    """The question has its answer: nothing leads back to it."""
    session = draft.session
    if session.paused == question.name or session.misses or session.silences:
        paused = "" if session.paused == question.name else session.paused
        draft.session = replace(session, paused=paused, misses=0, silences=0)
    draft.answered = True


def miss(draft: Draft) -> None:
    """What was said or pressed is neither an answer nor a word."""
    draft.count("miss")
    session = draft.session
    if draft.start.more:
        enter(draft, Role.UNCLEAR)
        ask_again(draft)
    elif draft.question() is None:
        enter(draft, _after_rest(draft.book, session.state))
    elif _was_away(draft):
        put_aside(draft)
        enter(draft, Role.WELCOME_BACK)
    elif session.misses + 1 >= TRIES:
        stuck(draft)
    else:
        draft.session = replace(session, misses=session.misses + 1)
        enter(draft, Role.UNCLEAR)
        ask_again(draft, brief=True)


def _was_away(draft: Draft) -> bool:
    seen = draft.start.seen
    held = holds(draft.book, draft.session.state)
    return held and seen is not None and draft.event.at - seen > AWAY_AFTER


def _after_rest(book: Book, state: str) -> str:
    """What meets words that mean nothing to us, where no question waits."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def stuck(draft: Draft) -> None:
    """Two tries are over: a person, another try, or on without an answer; then a person alone."""
    session = replace(draft.session, misses=0)
    if session.state in draft.book.after_fork(Role.STUCK):
        draft.session = session
        enter(draft, Role.PERSON)
    else:
        draft.session = replace(session, stuck_at=session.state, paused=session.paused or session.state)
        enter(draft, Role.STUCK)


def _back(draft: Draft) -> None:
    """Takes the last answer back, or leads back from where a word has led away."""
    before = draft.start.before_last_answer()
    if before is None:
        enter(draft, Place.RETURN if draft.session.paused else Role.MENU)
        return
    take_back(draft, set(draft.start.outcomes) - set(before.outcomes))
    draft.undone = True
    left = draft.book.states.get(before.state)
    days = before.days_out[:-1] if isinstance(left, Question) and left.collects else before.days_out
    draft.session = replace(before, misses=0, silences=0, days_out=days)
    ask_again(draft)


def _start_over(draft: Draft) -> None:
    """Another start: also what was told of a state and of days is forgotten."""
    draft.session = replace(draft.session, known=(), another=False)
    enter(draft, Role.SCREENING)


def _another(draft: Draft) -> None:
    """The same questions about another child. The first result stays, and its follow-ups keep their days."""
    draft.session = replace(draft.session, another=True, earlier=())
    enter(draft, Role.ANOTHER_CHILD)


def _why(draft: Draft) -> None:
    """Which answers led to the outcomes, in words. Phones are shared: only while the outcome is fresh."""
    session, book = draft.session, draft.book
    found = [book.states.get(name) for name in session.outcomes]
    reasons = [state.why for state in found if isinstance(state, Statement) and state.why]
    if session.outcome_at and draft.event.at - session.outcome_at > PRIVATE_AFTER:
        enter(draft, Role.TOO_LATE_TO_SAY_WHY)
    elif not reasons:
        enter(draft, Role.NO_OUTCOME_YET)
    else:
        draft.replies += [words(draft, _reason(draft, name)) for name in reasons]
        enter(draft, Place.RETURN)


def _reason(draft: Draft, name: str) -> Statement:
    """The statement that a reason leads to, by what was answered."""
    state = draft.book.states[name]
    while isinstance(state, Fork):
        state = draft.book.states[way_of(draft, state)]
    return draft.book.statement(state.name)


def _text_this(draft: Draft) -> None:
    """What was just said in the call is wanted as a text. A text message has it already. It leads back to the
    question that waited, whichever that was.
    """
    later = (reply for reply in draft.start.more if isinstance(reply, Tell))
    wanted = (*draft.start.heard, *(told for told in later if is_worth_keeping(draft.book, told)))
    if draft.event.channel is Channel.VOICE and isinstance(draft.state(), Question):
        draft.session = replace(draft.session, paused=draft.session.paused or draft.session.state)
    if draft.event.channel is Channel.SMS or not wanted:
        enter(draft, Role.NOTHING_TO_TEXT)
    else:
        draft.session = replace(draft.session, wanted=wanted)
        enter(draft, Role.TEXT_THIS)


def _stop(draft: Draft) -> None:
    """STOP ends texts, not the conversation: on a call the caller goes on."""
    opt_out(draft)
    enter(draft, Role.STOPPED)


def _maybe_stop(draft: Draft) -> None:
    """Words that may be a STOP: asked once, and no answer is one (47 CFR 64.1200(a)(12)). Until then nothing is
    texted by itself, and nothing that waits is lost.
    """
    if draft.session.texting is Texting.STOPPED:
        miss(draft)
        return
    draft.count("stop_unclear")
    draft.session = replace(draft.session, before_stop=draft.session.texting, texting=Texting.STOPPED)
    enter(draft, Role.STOP_OR_NOT)


def _repeat(draft: Draft) -> None:
    """Says it again, as long as nobody else may have the phone by now."""
    seen = draft.start.seen
    if seen is None or draft.event.at - seen > PRIVATE_AFTER:
        ask_again(draft)
    else:
        repeat(draft)


def _go_on(draft: Draft) -> None:
    """On with what waits; after danger, where nothing does, with all that we can do."""
    if draft.start.state in RESTS_AFTER_DANGER:
        enter(draft, Role.MENU)
    else:
        ask_again(draft)


def _next_language(draft: Draft) -> None:
    """On to the next of the book's languages, for the one key that callers have for it."""
    languages = draft.book.languages
    at = languages.index(draft.session.language) if draft.session.language in languages else -1
    _switch_language(draft, languages[(at + 1) % len(languages)])


def _switch_language(draft: Draft, language: str) -> None:
    """Says in which language it goes on: the one asked for, if the book has it. Who has answered nothing in this
    call hears all of the greeting in it: where to call in danger, and the keys.
    """
    if language in draft.book.languages:
        draft.session = replace(draft.session, language=language)
    greeted = draft.event.channel is Channel.VOICE and draft.start.state in (Role.BEGIN, Role.WELCOME_BACK)
    enter(draft, Role.GREETING if greeted else Role.OTHER_LANGUAGE)
    ask_again(draft)


def came_back(draft: Draft) -> None:
    """Somebody whose call dropped is here again: no text has to call them back."""
    if draft.session.nudge is Nudge.USED:
        draft.effects.append(Cancel((Role.CALL_DROPPED,)))


ACTS: Mapping[str, Callable[[Draft], None]] = {
    "stop": _stop,
    "stop_unclear": _maybe_stop,
    "back": _back,
    "repeat": _repeat,
    "start": ask_again,
    "go_on": _go_on,
    "restart": _start_over,
    "another_child": _another,
    "why": _why,
    "text_me": _text_this,
    "other_language": _next_language,
    "language_en": partial(_switch_language, language="en"),
    "language_es": partial(_switch_language, language="es"),
}
"""What a word that works anywhere does, where it does more than lead to a state."""
