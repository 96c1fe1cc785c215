"""Responds to a message: a text, or what a caller said (`spoken`).

Rule 1: danger first, then STOP, then the answer to the open question, then commands that work anywhere.
Rule 2: a person who texted STOP gets an answer only to danger, and to what ends the opt-out or erases their data.
"""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role
from hotline.conversation.engine.after_danger import after_danger, may_mean_danger_again, return_from_danger
from hotline.conversation.engine.answers import take_day_too, take_value
from hotline.conversation.engine.commands import answer, open_topic, run_command
from hotline.conversation.engine.corrections import correct, without_false_stop
from hotline.conversation.engine.days import without_unknown_meeting
from hotline.conversation.engine.false_danger import without_false_danger
from hotline.conversation.engine.follow_language import (
    answer_in_theirs,
    follow_language,
    greet_in_all,
    judge_language,
    speaks_other,
)
from hotline.conversation.engine.home import remember_home_state
from hotline.conversation.engine.interpret import acted_on, only_answers, read_choice
from hotline.conversation.engine.learned_answer import should_stay_at_question
from hotline.conversation.engine.misses import ask_which_topic, miss, note_misunderstood, take_your_time
from hotline.conversation.engine.open_question import (
    answer_below,
    is_answered_in_story,
    may_ask_which_topic,
    read_answer,
)
from hotline.conversation.engine.opt_outs import (
    confirm_repeated_no,
    declined_offer,
    hold_texts,
    is_late_no,
    opts_in,
    put_danger_first,
    remember_interrupted_request,
    resume_after_false_stop,
    resume_interrupted_request,
    without_unlikely_stop,
)
from hotline.conversation.engine.pieces import joined, remember
from hotline.conversation.engine.question_parts import MORE_TOPICS, next_part
from hotline.conversation.engine.reminders import cancel_dropped_call_text
from hotline.conversation.engine.repeated import confirm_repeated_answer
from hotline.conversation.engine.resume import as_new_unless_answered, reopen_reminder
from hotline.conversation.engine.safety import (
    acknowledge_help,
    alarm,
    answered_about_safety,
    ask_whether_safe,
)
from hotline.conversation.engine.screening_start import (
    asks_nothing_else,
    begin_screening,
    is_enough_to_begin,
    new_facts_begin_screening,
    read_as_child_story,
)
from hotline.conversation.engine.signed import read_signed
from hotline.conversation.engine.statements import erase, opt_out
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import (
    answers_in_story,
    confirm_noted_answers,
    remember_stated_answers,
)
from hotline.conversation.engine.who_writes import insert_speaker_statement, notice_speaker
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Choice, Restart, Texting
from hotline.conversation.nlu.polarity import asks_to_wait, only_asks_to_wait
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known

SHORTEST_ASIDE = 8
"""Words from which an answer may give other details too."""


def respond(builder: TurnBuilder, reading: Reading) -> None:
    """Handle a text, or speech in a call, that was read."""
    text = builder.event.text.strip()
    if reading.cleaned.reaction:
        builder.waits = builder.keeps_last = True  # a reaction is not a turn: say nothing, stay here
        return
    as_new_unless_answered(builder, reading)
    return_from_danger(builder, reading)
    alone = reading
    if together := joined(builder, reading):
        reading, text = together, together.cleaned.text
    reading = without_false_stop(builder, without_unlikely_stop(builder, reading))
    reading = without_unknown_meeting(builder, read_signed(builder, read_as_child_story(builder, reading)))
    reading = without_false_danger(builder, reading)
    reading, waits = put_danger_first(builder, reading)
    if builder.event.channel is Channel.SMS:
        cancel_dropped_call_text(builder)
    intent = acted_on(builder.book, reading)
    judge_language(builder, intent, text)
    if builder.session.texting is Texting.STOPPED and builder.event.channel is Channel.SMS:
        _respond_while_stopped(builder, reading, intent)
    else:
        _respond_unstopped(builder, reading, intent)
    if waits:
        hold_texts(builder)
    confirm_noted_answers(builder)
    remember(builder, alone)
    remember_interrupted_request(builder, reading)


def _respond_unstopped(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Handle a text of a person who gets our texts; if danger is possible, ask about it first."""
    if _handle_urgent(builder, reading, intent):
        return
    notice_speaker(builder, reading)
    if reopen_reminder(builder, reading):
        ask_again(builder)
    else:
        _respond_calmly(builder, reading, intent)
    insert_speaker_statement(builder)
    confirm_noted_answers(builder)
    if reading.danger is Danger.ASK and builder.may_ask_whether_safe():
        ask_whether_safe(builder, reading)


def _handle_urgent(builder: TurnBuilder, reading: Reading, intent: str | None) -> bool:
    """Handle an alarm, a STOP or the answer about safety, and return whether it was one of these."""
    if acknowledge_help(builder, reading):
        return True
    if intent in SAFETY:
        alarm(builder, str(intent), reading.danger_class)
    elif intent == Known.STOP:
        _obey_stop(builder, reading)
    elif confirm_repeated_no(builder, reading) or answered_about_safety(builder, reading, intent):
        return True
    elif may_mean_danger_again(builder, reading):
        alarm(builder, "", reading.danger_class)  # the second such text
    else:
        return False
    return True


def _obey_stop(builder: TurnBuilder, reading: Reading) -> None:
    """Obey a STOP, and give the numbers with it if the text may speak of danger; one that only declines texts is a no."""
    if offer := declined_offer(builder, reading):
        answer(builder, offer, offer.choice(offer.unsure))
    elif reading.danger is Danger.ASK:
        opt_out(builder)
        enter(builder, Role.STOPPED_IN_DANGER)
    else:
        run_command(builder, Known.STOP)


def _respond_calmly(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Handle a text without an alarm: a new person's first, or one in mid-conversation."""
    waiting, lexicon = builder.question(), builder.book.reader.lexicon
    short = waiting is not None and len(reading.cleaned.text.split()) < SHORTEST_ASIDE
    plain = waiting is not None and only_answers(builder, waiting, reading)
    if not (short or plain) and (given := answers_in_story(builder, reading)):
        given = tuple({**dict(builder.session.given), **dict(given)}.items())
        builder.session = replace(builder.session, given=given)
    if not plain:
        remember_stated_answers(builder, reading)
    if reading.danger is Danger.DISTRESS:
        builder.count("distress")
        enter(builder, Role.NOT_ALONE)
    if not builder.session.state:
        agrees = builder.session.texting is Texting.YES and reading.cleaned.core in lexicon.agrees
        _respond_to_first(builder, reading, Known.THANKS if agrees else intent)  # "ok", to one of our texts
    elif not reading.cleaned.text and builder.question():
        enter(builder, Role.NO_WORDS)  # a picture is not a miss
        ask_again(builder)
    elif only_asks_to_wait(reading.cleaned.core, lexicon):
        take_your_time(builder)
    elif not correct(builder, reading):
        _respond_mid_conversation(builder, reading, intent)


def _respond_mid_conversation(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Handle a text in mid-conversation: an answer, else a command that works anywhere, else a miss."""
    question = builder.question()
    if not (question and only_answers(builder, question, reading)):
        follow_language(builder, intent, reading.cleaned.text)
    question, value, choice = read_answer(builder, question, reading)
    if after_danger(builder, reading, intent, answers=bool(value or choice)):
        return
    answered = question is not None and _take_answer(builder, question, reading, intent, value, choice)
    if answered or remember_home_state(builder, reading):
        return
    if speaks_other(builder, reading, intent):
        answer_in_theirs(builder, reading.cleaned.text)
    elif intent == MORE_TOPICS and question and next_part(builder, question):
        ask_again(builder)
    elif intent and not (question and should_stay_at_question(builder, question, reading, intent)):
        open_topic(builder, reading, intent)
    else:
        _respond_to_no_answer(builder, reading, question)


def _take_answer(
    builder: TurnBuilder,
    question: Question,
    reading: Reading,
    intent: str | None,
    value: str | None,
    choice: Choice | None,
) -> bool:
    """Take the answer to the open question or to the one below it, and return whether there was one."""
    if below := answer_below(builder, question, reading, choice):
        answer(builder, *below)
    elif value:
        take_value(builder, question, value)
    elif choice:
        answer(builder, question, choice)
        take_day_too(builder, question.name, intent)
    elif is_answered_in_story(builder, question, reading) and asks_nothing_else(builder, intent):
        builder.answered = True
        enter(builder, question.name)
    elif new_facts_begin_screening(builder, question, reading) and asks_nothing_else(builder, intent):
        begin_screening(builder, reading)
    else:
        return False
    return True


def _respond_to_no_answer(builder: TurnBuilder, reading: Reading, question: Question | None) -> None:
    """Respond to a text that neither answers the open question nor asks for anything we have."""
    builder.offer_languages_again()
    if confirm_repeated_answer(builder, reading, question):
        return
    if asks_to_wait(reading.cleaned.core, builder.book.reader.lexicon):
        take_your_time(builder)
    elif reading.asks and may_ask_which_topic(builder, question, reading):
        ask_which_topic(builder, reading.asks)
    elif reading.danger is Danger.DISTRESS or builder.speaker_statement:
        ask_again(builder)
    else:
        note_misunderstood(builder, reading)
        miss(builder)  # also for a child's story that does not answer the question


def _respond_while_stopped(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Handle a text after an opt-out (Rule 4).

    YES counts as START, because the carrier treats it so and unblocks texts; "ok" only acknowledges the STOP.
    DELETE erases without asking: the carrier would not deliver the question, nor an answer.
    """
    if builder.session.state == Role.STOP_OR_NOT:
        _handle_stop_confirmation(builder, reading, intent)
    elif intent in SAFETY or reading.danger is Danger.ASK:
        if not acknowledge_help(builder, reading):
            alarm(builder, str(intent), reading.danger_class)
    elif intent == Known.DELETE_DATA:
        builder.count(f"word.{intent}")
        erase(builder)
    elif opts_in(builder.book, reading, intent):
        builder.session = replace(builder.session, texting=Texting.UNASKED)
        builder.effects.append(Restart())
        enter(builder, Role.RESTARTED)
        ask_again(builder)


def _handle_stop_confirmation(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Handle the answer to "shall we stop?". Danger or any other topic means no."""
    question = builder.book.question(Role.STOP_OR_NOT)
    choice = read_choice(builder, question, reading)
    calm = intent not in SAFETY and reading.danger is not Danger.ASK
    if intent == Known.STOP:
        run_command(builder, intent)
    elif choice is not None and calm and not is_late_no(builder, choice):
        answer(builder, question, choice)
        if other := resume_interrupted_request(builder):
            run_command(builder, other)
    elif not resume_after_false_stop(builder, choice, calm=calm):
        _respond_unstopped(builder, reading, intent)


def _respond_to_first(builder: TurnBuilder, reading: Reading, intent: str | None) -> None:
    """Greet a new person, then give them what they asked for, or the menu."""
    builder.count("text_opened")
    if intent and intent in builder.book.roles.not_greeted:
        run_command(builder, intent)
        return
    enter(builder, Role.GREETING)
    if remember_home_state(builder, reading):
        return
    if speaks_other(builder, reading, intent):
        greet_in_all(builder, reading.cleaned.text)
    elif is_enough_to_begin(builder, reading) and asks_nothing_else(builder, intent):
        begin_screening(builder, reading)  # a story: its facts are used, and not asked for again
    elif intent is None and reading.asks:
        ask_which_topic(builder, reading.asks)
    elif intent is None or intent in builder.book.roles.asks_for_nothing:
        if intent is None:
            note_misunderstood(builder, reading)
        enter(builder, Role.MENU)
    else:
        open_topic(builder, reading, intent)
