"""Corrects an answer already given: "sorry i meant no", after a yes.

Rule 1: a correction is BACK to the question that the text now answers differently, with the new answer. Later answers
        stay if their questions still come.
Rule 2: a text that may also answer the open question is asked about; after "sorry" or "wait" it answers that.
Rule 3: consent and erasure are asked again, not corrected.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.answers import take_choice, take_value
from hotline.conversation.engine.asides import WAYPOINTS, may_return_to, must_return_to
from hotline.conversation.engine.days import not_yet
from hotline.conversation.engine.interpret import needs_explicit_answer, read_choice, value_of
from hotline.conversation.engine.misses import ask_which_topic
from hotline.conversation.engine.news import keeps_news, news
from hotline.conversation.engine.reminders import go_back
from hotline.conversation.engine.repeated import repeated_answer
from hotline.conversation.engine.transitions import ask_again
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import asks_for_plan, stated_answers
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice, Tell
from hotline.conversation.model.session import NO_ANSWERS, Session
from hotline.conversation.nlu.ages import age_in_years
from hotline.conversation.nlu.choices import choice_for_age, contained_choice
from hotline.conversation.nlu.corrections import Correction, correction_in
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import YES_AND_NO, yes_or_no
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.slips import Sure
from hotline.conversation.nlu.stated_facts import plan_stated

FARTHEST = 8
"""The most answers back that a text corrects."""

Found = tuple[Session, Question, Choice | str | None]
"""The session before an answer, its question, and the right answer; None if only the question is known."""


def without_false_stop(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading without a possible STOP that only corrects a slip: "oops wrong number i meant 1"."""
    if reading.intent != Known.STOP_UNCLEAR:
        return reading
    meant = correction_in(reading.cleaned.text, builder.book.reader.lexicon)
    if meant is None or not meant.says:
        return reading
    question = builder.question()
    answers = question is not None and _answer(builder, question, meant.says) is not None
    right = answers or _corrected(builder, meant) is not None
    return replace(reading, intent=None) if right else reading


def correct(builder: TurnBuilder, reading: Reading) -> bool:
    """Correct an earlier answer, by words that say so or by news of the school, and return whether the text did so."""
    if reading.danger is not Danger.NONE or reading.intent in (Known.STOP, Known.STOP_UNCLEAR):
        return False
    if _corrects(builder, reading):
        return True
    if found := news(builder, reading, _answered(builder)):
        _apply_correction(builder, *found)
    return found is not None or keeps_news(builder, reading)


def _corrects(builder: TurnBuilder, reading: Reading) -> bool:
    meant = correction_in(reading.cleaned.text, builder.book.reader.lexicon)
    if meant is None:
        return _correct_plan(builder, reading)
    if not meant.says:
        return _go_back_one_answer(builder, meant)
    question = builder.question()
    found = _corrected(builder, meant)
    if found is None:
        return question is not None and _answered_now(builder, question, meant, reading)
    certain = _is_certain(builder, question, meant, found)
    now = _answer(builder, question, meant.content) if question and not certain else None
    if now is not None and not _lead_to_same_state(now, found[2]):
        if meant.sure is Sure.MILD or builder.session.misses:
            return False
        ask_which_topic(builder, (Known.BACK, Known.GO_ON))
        return True
    _apply_correction(builder, *found)
    return True


def _is_certain(builder: TurnBuilder, question: Question | None, meant: Correction, found: Found) -> bool:
    """Return whether a text certainly corrects an earlier answer, even if it could answer the open question."""
    before, asked, _ = found
    if meant.sure is Sure.CERTAIN and not builder.session.misses:
        return True
    if _denies(builder, before, asked, meant):
        return True
    if question is None:
        return False
    if (
        question.name in WAYPOINTS
        and meant.sure is not Sure.MILD
        and not normalize(meant.says[0]).isdecimal()
    ):
        return True
    return _has_words_of(builder, asked, meant) and not _has_words_of(builder, question, meant)


def _lead_to_same_state(one: Choice | str, other: Choice | str | None) -> bool:
    """Return whether two answers mean the same, such as "no" to "did you send it?" and "no" to "which day?"."""
    return isinstance(one, Choice) and isinstance(other, Choice) and one.go == other.go


def _correct_plan(builder: TurnBuilder, reading: Reading) -> bool:
    """Correct the answer about a plan if a text states one, "he has a 504" after a no, or confirm it; return whether it did."""
    plan = plan_stated(reading.cleaned.text, builder.book.reader.lexicon)
    if plan not in builder.book.reader.lexicon.stated["plans"]:
        return False
    facts = stated_answers(builder, reading)
    for before, question in _answered(builder):
        choice = next((c for c in question.choices if c.name == facts.get(question.name)), None)
        if choice is None or not asks_for_plan(builder, question):
            continue
        if builder.start.answer_to(question.name) != choice.name:
            _apply_correction(builder, before, question, choice)
            return True
        if reading.intent == Known.SCREEN:
            builder.noted.append(text_id(question, f"choice.{choice.name}"))
            ask_again(builder)
            return True
    return False


def _go_back_one_answer(builder: TurnBuilder, meant: Correction) -> bool:
    """Go back one answer for a text that only says that it was wrong; return whether it did."""
    before = builder.start.before_last_answer() if meant.sure is Sure.CERTAIN else None
    question = before and builder.book.states.get(before.state)
    if before is None or not isinstance(question, Question) or builder.session.misses:
        return False
    _apply_correction(builder, before, question, None)
    return True


def _answered_now(builder: TurnBuilder, question: Question, meant: Correction, reading: Reading) -> bool:
    """Take a text's correction as the answer to the open question, if the whole text does not answer it; return whether it did."""
    if read_choice(builder, question, reading):
        return False
    answer = _answer(builder, question, meant.says)
    again = repeated_answer(builder, builder.book.reader.read(meant.says[0]))
    mild = meant.sure is Sure.MILD
    if isinstance(answer, Choice) and not mild and not needs_explicit_answer(builder, question):
        take_choice(builder, question, answer)
    elif again:
        builder.noted.append(again)
        ask_again(builder)
    else:
        return False
    return True


def _corrected(builder: TurnBuilder, meant: Correction) -> Found | None:
    """Return the latest answer that the text corrects, or None."""
    lexicon = builder.book.reader.lexicon
    said = normalize(meant.says[0])
    if named := _reminder_named(builder, meant):
        return named
    agrees = said.isdecimal() or yes_or_no(said.split(), lexicon) is not None
    for nearest, (before, question) in enumerate(_answered(builder)):
        if nearest and (agrees or not question.holds):
            continue
        answer = _answer(builder, question, meant.says)
        if answer is not None and not _same(builder, before, question, meant.says):
            return before, question, answer
        if answer is None and agrees and meant.sure is not Sure.MILD:
            return before, question, None  # a yes to "does your child have a plan?": which one is asked again
    return _contradicted_answer(builder)


def _reminder_named(builder: TurnBuilder, meant: Correction) -> Found | None:
    """Return the reminder's question before the latest one, if the text has words of its choices alone: "they said no"."""
    latest: Question | None = None
    for before, question in _answered(builder):
        if latest is None:
            if question.reminder is not None:
                return None
            latest = question
        elif question.reminder is not None and _has_words_of(builder, question, meant):
            answer = _answer(builder, question, meant.says)
            return (
                (before, question, answer) if answer and not _has_words_of(builder, latest, meant) else None
            )
    return None


def _contradicted_answer(builder: TurnBuilder) -> Found | None:
    """Return the latest answer that differs from a fact in the text, such as an age or a plan, or None."""
    new = dict(pair for pair in builder.session.given if pair not in builder.start.given)
    for before, question in _answered(builder):
        choice = next((c for c in question.choices if c.name == new.get(question.name)), None)
        if choice and builder.start.answer_to(question.name) not in (None, choice.name):
            return before, question, choice
    return None


def _answered(builder: TurnBuilder) -> Iterator[tuple[Session, Question]]:
    """Yield the answered questions, latest first, each with the session before its answer.

    A text that mentions a day in passing, "signed it today", also answered the question about that day.
    """
    after, before = builder.start, builder.start.before_last_answer()
    for _ in range(FARTHEST):
        if before is None:
            return
        for name in dict(after.known):
            given = builder.book.states.get(name)
            passing = name not in (before.state, builder.start.state) and before.slot(name) != after.slot(
                name
            )
            if passing and isinstance(given, Question) and given.takes in (Takes.DAY, Takes.COMING_DAY):
                yield replace(before, state=name), given
        question = builder.book.states.get(before.state)
        if isinstance(question, Question) and may_return_to(builder.book, question.name):
            yield before, question
        after, before = before, before.before_last_answer()


def _answer(builder: TurnBuilder, question: Question, says: tuple[str, ...]) -> Choice | str | None:
    """Return the answer that a text gives to a question, in the first of its forms that answers."""
    lexicon, choices = builder.book.reader.lexicon, builder.offered(question)
    for said in says:
        reading = builder.book.reader.read(said)
        if reading.danger is not Danger.NONE:
            return None
        aged = choice_for_age(choices, age_in_years(normalize(said), lexicon)) if choices[0].ages else None
        if choice := aged or read_choice(builder, question, reading) or not_yet(builder, question, said):
            return choice
        if value := value_of(builder, question, said):
            return value
    return None


def _same(builder: TurnBuilder, before: Session, question: Question, says: tuple[str, ...]) -> bool:
    """Return whether a text names the answer that was recorded then."""
    answer, since = _answer(builder, question, says), builder.start.answers[len(before.answers) :]
    if isinstance(answer, Choice):
        return any(a.state == question.name and a.choice == answer.name for a in since)
    return answer is not None and answer == builder.start.slot(question.name)


def _has_words_of(builder: TurnBuilder, question: Question, meant: Correction) -> bool:
    """Return whether a text has words of a question's choices, other than a yes or a no, denied or not."""
    lexicon, said = builder.book.reader.lexicon, f" {normalize(meant.says[-1])} "
    plain = lexicon.yes.words | lexicon.no.words
    words = (normalize(each) for choice in builder.offered(question) for each in choice.words)
    return any(f" {each} " in said for each in words if each and each not in plain)


def _denies(builder: TurnBuilder, before: Session, question: Question, meant: Correction) -> bool:
    """Return whether a text says that the answer recorded then is not so: "its an iep not a 504"."""
    since = builder.start.answers[len(before.answers) :]
    choice = contained_choice(builder.offered(question), normalize(meant.denied), builder.book.reader.lexicon)
    return choice is not None and any(a.state == question.name and a.choice == choice.name for a in since)


def _apply_correction(
    builder: TurnBuilder, before: Session, question: Question, answer: Choice | str | None
) -> None:
    """Go back to a question, give it this answer, and go on with the answers since."""
    session = builder.start
    since = [a for a in session.answers[len(before.answers) :] if a.choice not in NO_ANSWERS]
    later = {
        a.state: a.choice for a in since if a.state != question.name and must_return_to(builder.book, a.state)
    }
    go_back(builder, before)
    builder.count("corrected")
    builder.start = replace(before, given=())
    given = {**dict(session.given), **later}
    builder.session = replace(builder.session, given=tuple(given.items()))
    if answer is None or needs_explicit_answer(builder, question):
        builder.undone = True
        ask_again(builder)
    elif isinstance(answer, str):
        take_value(builder, question, answer)
    else:
        take_choice(builder, question, answer)
        changed = Tell(
            text_id(builder.book.statement(Role.CHANGED)), (("facts", _label(builder, question, answer)),)
        )
        builder.replies.insert(0, changed)
    builder.noted.clear()


def _label(builder: TurnBuilder, question: Question, answer: Choice) -> str:
    """Return the id of the words for an answer: of the topic that it stands for, if it is a yes or a no."""
    topics = builder.book.question(Role.WHICH_TOPIC)
    named = {choice.name for choice in topics.choices}
    topic = next((name for name in answer.means if name in named), "")
    own = answer.name not in YES_AND_NO or not topic
    return text_id(question, f"choice.{answer.name}") if own else text_id(topics, f"choice.{topic}")
