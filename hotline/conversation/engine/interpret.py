"""Interprets a text at the open question: an answer to it, or a command or topic that works anywhere.

Rule 1: an answer by rule (a number, the choice's own words, a whole yes) comes first; then that question's
        classifier.
Rule 2: consent and erasure need a rule match: "ok but not now" is neither.
Rule 3: never record the opposite of what was said, and record nothing while danger is suspected.
"""

from __future__ import annotations

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.days import by_tense, day_named, did_news_turn, tense_of
from hotline.conversation.engine.lead_ins import only_agrees, reports_unnamed_answer, text_after_opening
from hotline.conversation.engine.learned_answer import (
    STOP_LIKELY,
    SURE_NAMED,
    SURE_QUESTION,
    SURE_TOPIC,
    classified_choice,
    contradicts,
    head_of,
)
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice, EventKind
from hotline.conversation.nlu.ages import only_an_age
from hotline.conversation.nlu.choices import (
    age_between,
    choice_of_kind,
    choose,
    contained_choice,
    exact_choice,
    is_conditional,
    is_question,
    names_other_choice,
    only_counts,
)
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.corrections import self_correction_in
from hotline.conversation.nlu.dates import number_of_days
from hotline.conversation.nlu.grades import read_grade
from hotline.conversation.nlu.home_answers import state_answered
from hotline.conversation.nlu.hours import of_hours, only_hours, takes_hours
from hotline.conversation.nlu.language import asks_about_theirs
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import YES_AND_NO, says_both, without_retractions
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.tense import Tense

SURE_MEANT = 0.65
"""The total probability needed by the intents that a choice means."""

SURE_TOO = 0.3
"""The minimum probability of the choice that a text's intent implies: "he breezes through" is not a yes to "is it hard"."""

SHORTEST_PUT_RIGHT = 12
"""Characters from which a text may correct its own first words."""

LONGEST_PLAIN = 3
"""The most words of a text with an answer by rule that says little else."""


def intent_of(book: Book, text: str) -> str | None:
    """Return the intent of a text without a session, or None; possible danger counts as a crisis."""
    reading = book.reader.read(text)
    return Known.CRISIS if reading.danger is Danger.ASK else acted_on(book, reading)


def acted_on(book: Book, reading: Reading) -> str | None:
    """Return the intent to act on. A lone number has none, because it is an answer, except 0, which reaches a person."""
    said = reading.cleaned.core
    zero = said == "0" or book.reader.lexicon.numbers.get(said) == 0
    return Known.HUMAN if zero else reading.acted_on


def reading_of(builder: TurnBuilder, text: str) -> Reading:
    """Return the interpretation of the event's text."""
    reading = builder.book.reader.read(text, lambda line: line in builder.book.ours)
    if reading.margins is not None:
        builder.margins[reading.cleaned.said] = reading.margins
    likely_language = reading.by == "model" and reading.intent in builder.book.roles.languages
    if likely_language and asks_about_theirs(normalize(text).split(), builder.book.reader.lexicon):
        return replace(reading, intent=None)  # "is it ok to send it in spanish" is about the letter
    return reading


def value_of(builder: TurnBuilder, question: Question, text: str) -> str | None:
    """Return the value for a question in the text, a state's code or a date, or None."""
    match question.takes:
        case Takes.STATE:
            if builder.event.kind is EventKind.SPOKEN:  # "ok" and "me" are not codes in a call
                return builder.book.places.named(text)
            return state_answered(text, builder.book.places, builder.book.reader.lexicon)
        case Takes.DAY | Takes.COMING_DAY:
            return day_named(builder, question, text)
        case Takes.GRADE:
            return read_grade(text, builder.book.reader.lexicon)
        case Takes.AGE:
            lexicon, said = builder.book.reader.lexicon, normalize(text)
            years = age_between(builder.offered(question), said, lexicon)
            return None if years is None else str(years)
        case Takes.NOTHING:
            return None


def read_choice(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that the text answers with, or None if it asks for something else.

    Where no yes is offered, the words after a yes count as the answer: "thank you yes he qualified".
    """
    if reports_unnamed_answer(builder, question, reading) or only_agrees(builder, question, reading):
        return None
    found = _read_choice(builder, question, reading)
    if reading.danger in (Danger.ASK, Danger.ALARM):
        return found
    if found is None and reading.by != "rule" and (rest := text_after_opening(builder, question, reading)):
        found = _read_choice(builder, question, builder.book.reader.read(rest))
    head, text = head_of(builder, question), reading.cleaned.text
    if right := _self_corrected_choice(builder, question, head, text):
        return right
    turned = found is not None and did_news_turn(builder, question, head, found, text)
    return None if turned else found


def _self_corrected_choice(
    builder: TurnBuilder, question: Question, head: str | None, text: str
) -> Choice | None:
    """Return the choice of a text that corrects its own first words, or None: "no he isnt, sorry he is"."""
    reader = builder.book.reader
    if len(text) < SHORTEST_PUT_RIGHT or head is None or needs_explicit_answer(builder, question):
        return None
    own = frozenset(each for choice in question.choices for each in choice.words)
    right = self_correction_in(text, reader.lexicon, own)
    found = _read_choice(builder, question, reader.read(right)) if right else None
    sure = found is not None and builder.scores(head, normalize(right)).of(found.name)
    return found if sure and sure >= SURE_QUESTION else None


def _read_choice(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    lexicon, said = builder.book.reader.lexicon, reading.cleaned.core
    choices = builder.offered(question)
    if question.to_come and (tensed := _done_or_to_come(builder, question, reading)):
        return tensed[0]
    choice = _choice_by_rule(builder, question, reading)
    words = reading.cleaned.said.split()
    if choice is not None and (len(words) <= LONGEST_PLAIN or not choice.ages):
        return choice
    may_stop = reading.intent == Known.STOP_UNCLEAR and reading.sure >= STOP_LIKELY
    no_sentence = needs_explicit_answer(builder, question) or only_counts(words, lexicon) or may_stop
    if reading.danger in (Danger.ASK, Danger.ALARM) or no_sentence:
        return None
    if _asks_yes_or_no(choices) and (
        says_both(without_retractions(words, lexicon), lexicon)
        or names_other_choice(choices, reading.cleaned.text, lexicon)
    ):
        return None
    if (
        reading.by == "rule"
        and reading.intent not in builder.book.roles.part_of_an_answer
        and not any(reading.intent in c.means for c in choices)
    ):
        return None
    by_rule = reading.by == "rule" and (question.reminder is not None or question.holds)
    found = by_rule and _choice_by_intent(choices, reading, said, builder, question)
    found = found or classified_choice(builder, question, choices, reading, choice)
    if found is not None:
        return None if _names_the_day(builder, found, reading) else found
    loose = tuple(each for each in choices if not each.whole)
    topic = reading.intent if reading.sure >= SURE_TOPIC else None
    leads_away = topic is not None and topic not in builder.book.roles.part_of_an_answer
    named = None if leads_away else contained_choice(loose, said, lexicon)
    if head := head_of(builder, question):
        likely = builder.scores(head, reading.cleaned.said)
        return _likely(likely, named) or _sure_meant(
            likely, _choice_by_intent(loose, reading, said, builder, question), reading
        )
    return _choice_by_intent(loose, reading, said, builder, question) if leads_away else named


def _done_or_to_come(
    builder: TurnBuilder, question: Question, reading: Reading
) -> tuple[Choice | None] | None:
    """Return the choice for done or still to come in a tuple: (None,) if the text says both, None if it says neither."""
    tense = tense_of(builder, question, reading)
    if tense is None:
        return None
    choices, reader = builder.offered(question), builder.book.reader
    likely = builder.scores(head_of(builder, question) or "", reading.cleaned.said)
    done = choice_of_kind(choices, "yes", reader.lexicon)
    found = by_tense(question, tense, choices, likely, done)
    return (found,) if found or (done and tense is Tense.BOTH) else None


def _names_the_day(builder: TurnBuilder, choice: Choice, reading: Reading) -> bool:
    """Return whether a text names the day that a choice leads to a question about: its topic asks for that day too."""
    asked = builder.book.states.get(choice.go)
    if not isinstance(asked, Question) or asked.name not in builder.book.led_to_by(reading.intent):
        return False
    return value_of(builder, asked, reading.cleaned.text) is not None


def _likely(likely: Scores, named: Choice | None) -> Choice | None:
    """Return `named`, a choice found by its words, if the classifier finds it too or was not taught it, or None."""
    sure = dict(likely.ranked).get(named.name, 1.0) if named else 0.0
    return named if sure >= SURE_NAMED else None


def _sure_meant(likely: Scores, meant: Choice | None, reading: Reading) -> Choice | None:
    """Return the choice that the text's intent means, unless the question's classifier rules it out."""
    sure = meant is not None and (reading.by == "rule" or likely.of(meant.name) >= SURE_TOO)
    return meant if sure else None


def only_answers(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text is an answer offered here and says nothing else. Cached per turn.

    "She is 14" and "yes" do; "she is 14 and took all the pills" and "no he did it again" say more.
    """
    key = question.name, reading.cleaned.text
    if key not in builder.plain_answers:
        builder.plain_answers[key] = _says_no_more(builder, question, reading)
    return builder.plain_answers[key]


def _says_no_more(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    choice = _choice_by_rule(builder, question, reading)
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.core.split()
    if question.takes in (Takes.AGE, Takes.STATE) and value_of(builder, question, reading.cleaned.core):
        return only_an_age(words, lexicon) or (question.takes is Takes.STATE and len(words) <= LONGEST_PLAIN)
    if (
        choice is None
        or "signature" in reading.cleaned.cut
        or len(without_retractions(words, lexicon)) < len(words)
    ):
        return False
    if takes_hours(question.choices) and only_hours(reading.cleaned.text, lexicon.hours):
        return True
    if choice.days and number_of_days(reading.cleaned.text, lexicon) is not None:
        return True
    if only_an_age(words, lexicon) if choice.ages else len(words) <= LONGEST_PLAIN:
        return True
    return exact_choice(builder.offered(question), reading.cleaned.core, lexicon) is not None


def _choice_by_rule(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that a rule finds in the text or its core ("hi 2", "2 thanks"). Cached per turn."""
    key = question.name, reading.cleaned.text
    if key not in builder.choices_by_rule:
        builder.choices_by_rule[key] = _read_by_rule(builder, question, reading)
    return builder.choices_by_rule[key]


def _read_by_rule(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    choices, lexicon, core = builder.offered(question), builder.book.reader.lexicon, reading.cleaned.core
    said = reading.cleaned.said
    if " " in said and _asks_yes_or_no(choices) and says_both(said.split(), lexicon):
        said = " ".join(without_retractions(said.split(), lexicon))
        return None if says_both(said.split(), lexicon) else choose(choices, said, question.unsure, lexicon)
    found = choose(choices, said, question.unsure, lexicon)
    if found is None and core != said:
        found = choose(choices, core, question.unsure, lexicon)
    if found is None and (counted := [choice for choice in choices if choice.days]):
        days = number_of_days(reading.cleaned.text, lexicon)
        return next(
            (c for c in counted if days is not None and c.days and c.days[0] <= days < c.days[1]), None
        )
    if found is None and takes_hours(choices) and only_hours(reading.cleaned.text, lexicon.hours):
        return of_hours(choices, reading.cleaned.text, lexicon.hours) or question.choice(question.unsure)
    return found


def _choice_by_intent(
    choices: tuple[Choice, ...], reading: Reading, said: str, builder: TurnBuilder, question: Question
) -> Choice | None:
    """Return the choice that means the text's intent, or None: "he was suspended"."""
    lexicon = builder.book.reader.lexicon
    if is_question(reading.cleaned.text, lexicon) or is_conditional(said.split(), lexicon):
        return None
    words = reading.cleaned.said.split()
    retracts = len(without_retractions(words, lexicon)) < len(words)
    if reading.by == "rule":  # "they said to wait for RTI" takes nothing back
        ruled = next((c for c in choices if reading.intent in c.means), None)
        return None if ruled and ruled.name in YES_AND_NO and retracts else ruled
    if retracts:
        return None  # the intent may come from a retracted or empty opening: "no problem he does"
    for choice in choices:
        if sum(p for name, p in reading.ranked if name in choice.means) >= SURE_MEANT:
            return None if contradicts(builder, question, choice, reading.cleaned.text) else choice
    return None


def _asks_yes_or_no(choices: tuple[Choice, ...]) -> bool:
    return {"yes", "no"} <= {choice.name for choice in choices}


def needs_explicit_answer(builder: TurnBuilder, question: Question) -> bool:
    """Return whether only a rule may give the answer: it is consent, erases data, or ends the talk."""
    return builder.book.binds(question.name) or any(builder.book.ends_with(c.go) for c in question.choices)
