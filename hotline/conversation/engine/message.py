"""Responds to a message: a text, or what a caller said.

Rule 1: danger first, then STOP, then the answer to the open question, then commands that work anywhere.
Rule 2: a person who texted STOP gets an answer only to danger, and to what ends the opt-out or erases their data.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.actions import Scope
from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.answers import take_value
from hotline.conversation.engine.by_ear import MORE_TOPICS, next_part
from hotline.conversation.engine.commands import answer, ask_which, came_back, run_command
from hotline.conversation.engine.follow_language import (
    follow_language,
    greet_in_all,
    judge_language,
    say_in_theirs,
    speaks_other,
)
from hotline.conversation.engine.home import notice_home
from hotline.conversation.engine.interpret import acted_on, chosen, is_offered, reading_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.misunderstood import note_misunderstood
from hotline.conversation.engine.open_question import answer_below, read_answer
from hotline.conversation.engine.pieces import joined, remember
from hotline.conversation.engine.repeated import repeated_answer
from hotline.conversation.engine.resume import as_new_unless_answered
from hotline.conversation.engine.safety import (
    after_danger,
    alarm,
    answer_about_safety,
    ask_whether_safe,
    may_ask,
)
from hotline.conversation.engine.statements import erase
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.engine.volunteered import volunteered
from hotline.conversation.engine.who_writes import notice_speaker, speak_to
from hotline.conversation.model.events import Channel, Choice, Restart, Tell, Texting
from hotline.conversation.nlu.choices import asks_to_wait
from hotline.conversation.nlu.polarity import only_refuses
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known

SHORTEST_ASIDE = 8
"""Words from which an answer to a question may give other details too."""


def respond(draft: Draft) -> None:
    """Handle a text, or speech in a call."""
    text = draft.event.text.strip()
    reading = reading_of(draft, text)
    if reading.cleaned.reaction:
        draft.waits = True  # a reaction is not a turn: say nothing, stay here
        return
    as_new_unless_answered(draft, reading)
    alone = reading
    if together := joined(draft, reading):
        reading, text = together, together.cleaned.text
    question = draft.question()
    if question and reading.danger_by not in SAFETY and is_offered(draft, question, reading):
        reading = replace(reading, danger=Danger.NONE)  # matches an answer that we offered
    if draft.event.channel is Channel.SMS:
        came_back(draft)
    intent = acted_on(reading, text)
    judge_language(draft, intent, text)
    if draft.session.texting is Texting.STOPPED and draft.event.channel is Channel.SMS:
        _respond_while_stopped(draft, reading, intent)
    elif not _urgent(draft, reading, intent):
        notice_speaker(draft, reading)
        _respond_calmly(draft, reading, intent, text)
        speak_to(draft)
        if reading.danger is Danger.ASK and may_ask(draft):
            ask_whether_safe(draft, reading.danger_class)
    _say_what_was_noted(draft)
    remember(draft, alone)


def _urgent(draft: Draft, reading: Reading, intent: str | None) -> bool:
    """Handle an alarm, a STOP or the answer about safety, and return whether it was one of these."""
    if intent in SAFETY:
        alarm(draft, str(intent), reading.danger_class)
    elif intent == Known.STOP:
        _stopped(draft, reading)
    elif draft.session.state == Role.SAFETY_CHECK and intent not in draft.book.roles.never_about_safety:
        question = draft.book.question(Role.SAFETY_CHECK)
        answer_about_safety(draft, chosen(draft, question, reading), intent)
    elif reading.danger is Danger.ASK and draft.session.state in RESTS_AFTER_DANGER:
        alarm(draft, "", reading.danger_class)  # the second such text
    else:
        return False
    return True


def _stopped(draft: Draft, reading: Reading) -> None:
    """Obey a STOP; at an offer of texts, treat text that only declines it as a no to that offer."""
    offer = _offer_of_texts(draft)
    if offer and only_refuses(reading.cleaned.core, draft.book.reader.lexicon):
        answer(draft, offer, offer.choice(offer.unsure))
    else:
        run_command(draft, Known.STOP)


def _respond_calmly(draft: Draft, reading: Reading, intent: str | None, text: str) -> None:
    """Handle a text without an alarm: a new person's first, or one in mid-conversation."""
    waiting = draft.question()
    short = waiting is not None and len(reading.cleaned.text.split()) < SHORTEST_ASIDE
    offered = waiting is not None and is_offered(draft, waiting, reading)
    given = () if short or offered else volunteered(draft, reading)
    if given:
        draft.session = replace(
            draft.session, given=tuple({**dict(draft.session.given), **dict(given)}.items())
        )
    if reading.danger is Danger.DISTRESS:
        draft.count("distress")
        enter(draft, Role.NOT_ALONE)
    if not draft.session.state:
        _respond_to_first(draft, reading, intent)
    elif not reading.cleaned.text and draft.question():
        enter(draft, Role.NO_WORDS)  # a picture is not a miss
        ask_again(draft)
    elif asks_to_wait(reading.cleaned.core, draft.book.reader.lexicon):
        enter(draft, Role.TAKE_YOUR_TIME)
        if draft.dictates():
            ask_again(draft)
        draft.same_line = bool(draft.start.more)
        draft.waits = draft.question() is not None
    else:
        _respond_mid_conversation(draft, reading, intent, text)


def _say_what_was_noted(draft: Draft) -> None:
    """Insert a short confirmation of the answers given before their questions."""
    if draft.noted:
        noted = Tell(text_id(draft.book.statement(Role.NOTED)), (("facts", " ".join(draft.noted)),))
        at = 1 if draft.replies and draft.start.state == "" and isinstance(draft.replies[0], Tell) else 0
        draft.replies.insert(at, noted)


def _offer_of_texts(draft: Draft) -> Question | None:
    """Return the open question if it asks whether we may text the steps and reminders, or None."""
    question = draft.question()
    return question if question and draft.book.asks_consent(question.name, Scope.SERIES) else None


def _respond_mid_conversation(draft: Draft, reading: Reading, intent: str | None, text: str) -> None:
    """Handle a text in mid-conversation: an answer, else a command that works anywhere, else a miss."""
    question = draft.question()
    if not (question and is_offered(draft, question, reading)):
        follow_language(draft, intent, text)
    question, value, choice = read_answer(draft, question, reading)
    if after_danger(draft, intent, answers=bool(value or choice)):
        return
    if question and _take_answer(draft, question, reading, value, choice):
        return
    if notice_home(draft, reading):
        return
    if speaks_other(draft, reading, intent):
        say_in_theirs(draft, reading.cleaned.text)
        enter(draft, Role.OTHER_TONGUE)
        return
    if intent == MORE_TOPICS and question and next_part(draft, question):
        ask_again(draft)
    elif intent and not (intent in draft.book.roles.stays_at_a_question and question and question.holds):
        run_command(draft, intent)
    else:
        _no_answer(draft, reading, question)


def _take_answer(
    draft: Draft, question: Question, reading: Reading, value: str | None, choice: Choice | None
) -> bool:
    """Take the answer to the open question or to the one below it, and return whether there was one."""
    if below := answer_below(draft, question, reading, choice):
        answer(draft, *below)
    elif value:
        take_value(draft, question, value)
    elif choice:
        answer(draft, question, choice)
    else:
        return False
    return True


def _no_answer(draft: Draft, reading: Reading, question: Question | None) -> None:
    """Words that neither answer what waits nor ask for what we have."""
    if again := repeated_answer(draft, reading):
        draft.noted.append(again)
        ask_again(draft)
    elif reading.asks and not (question and question.picks):
        ask_which(draft, reading.asks)
    elif reading.danger is Danger.DISTRESS or draft.met:
        ask_again(draft)
    else:
        note_misunderstood(draft, reading)
        miss(draft)  # also for a child's story that does not answer the question


def _respond_while_stopped(draft: Draft, reading: Reading, intent: str | None) -> None:
    """Handle a text after an opt-out (Rule 4).

    YES counts as START, because the carrier treats it so and unblocks texts. DELETE erases without asking:
    the carrier would not deliver the question, nor an answer.
    """
    if intent in SAFETY or (reading.danger is Danger.ASK and draft.session.state != Role.STOP_OR_NOT):
        alarm(draft, str(intent), reading.danger_class)
    elif draft.session.state == Role.STOP_OR_NOT:
        _was_it_a_stop(draft, reading, intent)
    elif intent == Known.DELETE_DATA:
        draft.count(f"word.{intent}")
        erase(draft)
    elif intent in draft.book.roles.ends_an_opt_out:
        draft.session = replace(draft.session, texting=Texting.UNASKED)
        draft.effects.append(Restart())
        enter(draft, Role.RESTARTED)
        ask_again(draft)


def _was_it_a_stop(draft: Draft, reading: Reading, intent: str | None) -> None:
    """Handle the answer to "shall we stop?". Any other topic means that we go on."""
    question, text = draft.book.question(Role.STOP_OR_NOT), draft.event.text.strip()
    choice = chosen(draft, question, reading)
    if intent == Known.STOP:
        run_command(draft, intent)
    elif choice is not None:
        answer(draft, question, choice)
    else:
        session = draft.session
        draft.session = replace(session, texting=session.before_stop, state=session.paused or Place.REST)
        _respond_mid_conversation(draft, reading, intent, text)


def _begins_screening(draft: Draft, intent: str | None) -> bool:
    """Return whether a first text that answers a question asks for nothing that has an answer of its own."""
    roles = draft.book.roles
    return intent is None or intent in roles.asks_for_nothing | roles.story_begins_screening


def _respond_to_first(draft: Draft, reading: Reading, intent: str | None) -> None:
    """Greet a new person, then give them what they asked for, or the menu."""
    draft.count("text_opened")
    if intent and intent in draft.book.roles.not_greeted:
        run_command(draft, intent)
        return
    enter(draft, Role.GREETING)
    if notice_home(draft, reading):
        return
    if speaks_other(draft, reading, intent):
        greet_in_all(draft, reading.cleaned.text)
    elif draft.session.given and _begins_screening(draft, intent):
        enter(draft, Role.SCREENING)  # a story: what it tells is used, and not asked again
    elif intent is None and reading.asks:
        ask_which(draft, reading.asks)
    elif intent is None or intent in draft.book.roles.asks_for_nothing:
        if intent is None:
            note_misunderstood(draft, reading)
        enter(draft, Role.MENU)
    else:
        run_command(draft, intent)
