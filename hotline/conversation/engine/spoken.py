"""Handles what a caller says, where speech is read differently from a text.

Rule 1: a number said aloud is that key (`keypad.key_said`).
Rule 2: "hello, are you there" and "um" are neither answers nor commands. "Bueno" into a line that was not quiet goes on: with
        a letter, or with what comes in parts.
Rule 3: an answer to what was just asked is not a STOP: "no more" at "want to hear more?". One that mentions texts always is.
        A likely one is not, of a caller who gets no texts: "someone called me from this number".
Rule 4: "wrong number" ends the call and stops no texts: another person may have dialed.
Rule 5: a short answer of plain words, about a day, a time or a paper, is not danger on the classifier's word alone.
Rule 6: while a letter is dictated, only its own answers, commands, danger and STOP lead away from it, because people who
        write read aloud what they write: "asthma".

All else is handled like a text (`message`).
"""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role
from hotline.conversation.engine.call_events import end_call
from hotline.conversation.engine.commands import answer
from hotline.conversation.engine.dictation import first_line
from hotline.conversation.engine.interpret import only_answers, read_choice
from hotline.conversation.engine.misses import miss, take_your_time
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice, Nudge, Texting
from hotline.conversation.nlu.polarity import asks_to_wait
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known

LONGEST_PLAIN = 8
"""The most words of a plain answer. A longer one is a story."""

TO_GO_ON = (Role.MORE, Role.NEXT_LINE)
"""Questions at which a word that tests the line may be a yes (Rule 2)."""

REFUSALS = ("no", "skip", "enough", "done")
"""Names of choices that decline what is offered."""

STOPS = (Known.STOP, Known.STOP_UNCLEAR)

LEADS_FROM_A_LETTER = frozenset(
    {
        *(*STOPS, *SAFETY, Known.HELP, Known.HUMAN, Known.MENU, Known.BACK, Known.REPEAT, Known.SLOWER),
        *(Known.TEXT_ME, Known.OTHER_LANGUAGE, Known.OTHER_TONGUE, Known.DELETE_DATA, Known.GREETING),
    }
)
"""Commands that are obeyed while a letter is dictated (Rule 6)."""


def read_speech(builder: TurnBuilder, reading: Reading) -> Reading | None:
    """Return the reading to handle like a text, or None if the speech was about the call itself and is handled."""
    if (
        reading.danger is not Danger.ALARM
        and reading.danger_by not in SAFETY
        and (_handle_words_about_call(builder, reading) or _handle_in_letter(builder, reading))
    ):
        return None
    return _without_alarm(builder, _without_stop(builder, reading))


def _handle_words_about_call(builder: TurnBuilder, reading: Reading) -> bool:
    """Handle words about the call itself rather than its subject, and return whether they were handled."""
    calls, said = builder.book.reader.lexicon.calls, reading.cleaned.said
    question = builder.question()
    is_here, quiet = calls.here.is_all(said.split()), builder.start.silences > 0
    answers = question is not None and only_answers(builder, question, reading)
    if answers and (not is_here or (question and question.name in TO_GO_ON and not quiet)):
        return False
    if is_here:
        if said in _greetings_elsewhere(builder):
            builder.offer_languages_again()
        enter(builder, Role.WE_ARE_HERE)
        ask_again(builder)
    elif calls.fillers.is_all(said.split()):
        take_your_time(builder)
    elif question and reading.cleaned.core in calls.no_more and (no := _refusal(builder, question)):
        answer(builder, question, no)
    elif reading.intent in STOPS and calls.is_wrong_number(said):
        end_call(builder, Role.WRONG_NUMBER)
    elif calls.closing.is_all(said.split()) and not (question and question.name == Role.SAFETY_CHECK):
        end_call(builder)
    else:
        return False
    return True


def _handle_in_letter(builder: TurnBuilder, reading: Reading) -> bool:
    """Handle speech that does not lead away from a dictated letter, and return whether this was handled (Rule 6)."""
    if not builder.dictates() or reading.danger is not Danger.NONE:
        return False
    lexicon, question = builder.book.reader.lexicon, builder.book.question(Role.NEXT_LINE)
    if asks_to_wait(reading.cleaned.core, lexicon):
        take_your_time(builder)
        return True
    by_rule = reading.intent if reading.by == "rule" else None
    if by_rule == Known.RESTART:
        first_line(builder)
        return True
    if by_rule in LEADS_FROM_A_LETTER or by_rule in builder.book.roles.languages:
        return False
    if reading.intent in (Known.REPEAT, Known.SLOWER):
        return False
    if read_choice(builder, question, reading) is None:
        miss(builder)
        return True
    return False


def _greetings_elsewhere(builder: TurnBuilder) -> frozenset[str]:
    """Return the greetings of the languages that this call is not in."""
    greetings = builder.book.reader.lexicon.greetings
    others = (words for language, words in greetings.items() if language != builder.session.language)
    return frozenset().union(*others) - greetings.get(builder.session.language, frozenset())


def _refusal(builder: TurnBuilder, question: Question) -> Choice | None:
    """Return the choice that declines what a question offers, or None. Consent and danger need an explicit no."""
    if builder.book.binds(question.name) or question.name == Role.SAFETY_CHECK:
        return None
    return next((choice for choice in question.choices if choice.name in REFUSALS), None)


def _without_stop(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading without a STOP if it answers what was just asked (Rule 3)."""
    question, calls = builder.question(), builder.book.reader.lexicon.calls
    if reading.intent not in STOPS or calls.names_texts(reading.cleaned.said.split()):
        return reading
    if reading.by == "model" and _has_no_texts(builder):
        return replace(reading, intent=None)
    if question is None or builder.book.asks_consent(question.name):
        return reading
    return replace(reading, intent=None) if only_answers(builder, question, reading) else reading


def _has_no_texts(builder: TurnBuilder) -> bool:
    """Return whether a caller gets no texts and agreed to none: only words that surely say STOP are one there."""
    session = builder.session
    agreed_to_none = session.texting in (Texting.UNASKED, Texting.NO)
    return agreed_to_none and session.nudge in (Nudge.UNASKED, Nudge.NO)


def _without_alarm(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading without a possible danger if it is a plain answer to a question (Rule 5)."""
    question, plain = builder.question(), builder.book.reader.lexicon.calls.plain
    words = reading.cleaned.said.split()
    if reading.danger is not Danger.ASK or question is None or builder.session.worry:
        return reading
    short = len(words) <= LONGEST_PLAIN and all(word in plain or word.isdecimal() for word in words)
    return replace(reading, danger=Danger.NONE) if short else reading
