"""Interprets a text at the open question: an answer to it, or a command or topic that works anywhere.

Rule 1: an answer by rule (a number, the choice's own words, a whole yes) comes first; then that question's
        classifier.
Rule 2: consent and erasure need a rule match: "ok but not now" is neither.
Rule 3: never record the opposite of what was said, and record nothing while danger is suspected.
"""

from __future__ import annotations

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.days import by_tense, day_named, tense_of, turns_away
from hotline.conversation.engine.learned_answer import (
    STOP_LIKELY,
    SURE_NAMED,
    SURE_QUESTION,
    SURE_TOPIC,
    behind_a_yes,
    came_unnamed,
    denied,
    head_of,
    learned,
    only_agrees,
)
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice, EventKind
from hotline.conversation.nlu.ages import only_an_age
from hotline.conversation.nlu.choices import (
    age_between,
    asks,
    choose,
    held,
    is_conditional,
    of_kind,
    only_counts,
    says_another,
    whole,
)
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.corrections import put_right_inside
from hotline.conversation.nlu.dates import number_of_days
from hotline.conversation.nlu.grades import read_grade
from hotline.conversation.nlu.home_answers import state_answered
from hotline.conversation.nlu.hours import of_hours, only_hours, takes_hours
from hotline.conversation.nlu.language import asks_about_theirs
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import (
    says_both,
    settled,
)
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.tense import Tense

SURE_MEANT = 0.65
"""The total probability needed by the intents that a choice stands for."""

SURE_TOO = 0.3
"""The minimum probability of the choice that a text's intent implies: "he breezes through" is no yes to "is it hard"."""

SHORTEST_PUT_RIGHT = 12
"""Characters from which a text may put its own first words right."""

LONGEST_PLAIN = 3
"""The words up to which a text in which a rule finds an answer says little else."""


def intent_of(book: Book, text: str) -> str | None:
    """Return the intent of a text without a session, or None; possible danger counts as a crisis."""
    reading = book.reader.read(text)
    return Known.CRISIS if reading.danger is Danger.ASK else acted_on(book, reading)


def acted_on(book: Book, reading: Reading) -> str | None:
    """Return the intent to act on. A lone number is an answer, except 0, which reaches a person."""
    said = reading.cleaned.core
    zero = said == "0" or book.reader.lexicon.numbers.get(said) == 0
    return Known.HUMAN if zero else reading.acted_on


def reading_of(builder: TurnBuilder, text: str) -> Reading:
    """Return the interpretation of the event's text."""
    reading = builder.book.reader.read(text, lambda line: line in builder.book.ours)
    if reading.intent in builder.book.roles.languages and reading.by == "model":
        words = normalize(text).split()
        if asks_about_theirs(words, builder.book.reader.lexicon):
            return replace(reading, intent=None)  # "is it ok to send it in spanish" is about the letter
    return reading


def value_of(builder: TurnBuilder, question: Question, text: str) -> str | None:
    """Return the value for a question in the text, a state's code or a date, or None."""
    match question.takes:
        case Takes.STATE:
            if builder.event.kind is EventKind.SPOKEN:  # "ok" and "me" are no codes in a call
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


def chosen(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that the text answers with, or None if it rather asks for something else.

    Where no yes is offered, what stands behind one answers too: "thank you yes he qualified".
    """
    if came_unnamed(builder, question, reading) or only_agrees(builder, question, reading):
        return None
    found = _chosen(builder, question, reading)
    if reading.danger in (Danger.ASK, Danger.ALARM):
        return found
    if found is None and reading.by != "rule" and (rest := behind_a_yes(builder, question, reading)):
        found = _chosen(builder, question, builder.book.reader.read(rest))
    head, text = head_of(builder, question), reading.cleaned.text
    if right := _put_right(builder, question, head, text):
        return right
    turned = found is not None and turns_away(builder, question, head, found, text)
    return None if turned else found


def _put_right(builder: TurnBuilder, question: Question, head: str | None, text: str) -> Choice | None:
    """Return the choice that a text surely gives where it puts its own first words right: "no he isnt, sorry he is"."""
    reader = builder.book.reader
    if len(text) < SHORTEST_PUT_RIGHT or head is None or must_be_plain(builder, question):
        return None
    own = frozenset(each for choice in question.choices for each in choice.words)
    right = put_right_inside(text, reader.lexicon, own)
    found = _chosen(builder, question, reader.read(right)) if right else None
    sure = found is not None and reader.classifier.scores(head, normalize(right)).of(found.name)
    return found if sure and sure >= SURE_QUESTION else None


def _chosen(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    lexicon, said = builder.book.reader.lexicon, reading.cleaned.core
    choices = builder.offered(question)
    if question.to_come and (tensed := _done_or_to_come(builder, question, reading)):
        return tensed[0]
    choice = _ruled(builder, question, reading)
    words = normalize(reading.cleaned.text).split()
    if choice is not None and (len(words) <= LONGEST_PLAIN or not choice.ages):
        return choice
    may_stop = reading.intent == Known.STOP_UNCLEAR and reading.sure >= STOP_LIKELY
    no_sentence = must_be_plain(builder, question) or only_counts(words, lexicon) or may_stop
    if reading.danger in (Danger.ASK, Danger.ALARM) or no_sentence:
        return None
    if _asks_yes_or_no(choices) and (
        says_both(settled(words, lexicon), lexicon) or says_another(choices, reading.cleaned.text, lexicon)
    ):
        return None
    if (
        reading.by == "rule"
        and reading.intent not in builder.book.roles.part_of_an_answer
        and not any(reading.intent in c.means for c in choices)
    ):
        return None
    by_rule = reading.by == "rule" and question.reminder is not None
    found = by_rule and _meant(choices, reading, said, builder, question)
    found = found or learned(builder, question, choices, reading, choice)
    if found is not None:
        return None if _names_the_day(builder, found, reading) else found
    loose = tuple(each for each in choices if not each.whole)
    topic = reading.intent if reading.sure >= SURE_TOPIC else None
    leads_away = topic is not None and topic not in builder.book.roles.part_of_an_answer
    named = None if leads_away else held(loose, said, lexicon)
    if head := head_of(builder, question):
        likely = builder.book.reader.classifier.scores(head, normalize(reading.cleaned.text))
        return _likely(likely, named) or _sure_meant(
            likely, _meant(loose, reading, said, builder, question), reading
        )
    return _meant(loose, reading, said, builder, question) if leads_away else named


def _done_or_to_come(
    builder: TurnBuilder, question: Question, reading: Reading
) -> tuple[Choice | None] | None:
    """Return the choice for what was done or is to come, none if the text says both, or None where it says neither."""
    tense = tense_of(builder, question, reading)
    if tense is None:
        return None
    choices, reader = builder.offered(question), builder.book.reader
    likely = reader.classifier.scores(head_of(builder, question) or "", normalize(reading.cleaned.text))
    done = of_kind(choices, "yes", reader.lexicon)
    found = by_tense(question, tense, choices, likely, done)
    return (found,) if found or (done and tense is Tense.BOTH) else None


def _names_the_day(builder: TurnBuilder, choice: Choice, reading: Reading) -> bool:
    """Return whether a text names the day that a choice leads to a question for: its topic takes the day as well."""
    asked = builder.book.states.get(choice.go)
    if not isinstance(asked, Question) or asked.name not in builder.book.led_to_by(reading.intent):
        return False
    return value_of(builder, asked, reading.cleaned.text) is not None


def _likely(likely: Scores, named: Choice | None) -> Choice | None:
    """Return the choice whose words the text has if the question's classifier, though unsure, finds the same one."""
    name, sure = likely.best
    return named if named is not None and name == named.name and sure >= SURE_NAMED else None


def _sure_meant(likely: Scores, meant: Choice | None, reading: Reading) -> Choice | None:
    """Return the choice that the text's intent stands for unless the question's classifier rules it out."""
    sure = meant is not None and (reading.by == "rule" or likely.of(meant.name) >= SURE_TOO)
    return meant if sure else None


def only_answers(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text is an answer offered here and says nothing else. Cached per turn.

    "She is 14" and "yes" do; "she is 14 and took all the pills" and "no he did it again" say more.
    """
    key = question.name, reading.cleaned.text
    if key not in builder.plain:
        builder.plain[key] = _says_no_more(builder, question, reading)
    return builder.plain[key]


def _says_no_more(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    choice = _ruled(builder, question, reading)
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.core.split()
    if question.takes in (Takes.AGE, Takes.STATE) and value_of(builder, question, reading.cleaned.core):
        return only_an_age(words, lexicon) or (question.takes is Takes.STATE and len(words) <= LONGEST_PLAIN)
    if choice is None or "signature" in reading.cleaned.cut or len(settled(words, lexicon)) < len(words):
        return False
    if takes_hours(question.choices) and only_hours(reading.cleaned.text, lexicon.hours):
        return True
    if choice.days and number_of_days(reading.cleaned.text, lexicon) is not None:
        return True
    if only_an_age(words, lexicon) if choice.ages else len(words) <= LONGEST_PLAIN:
        return True
    return whole(builder.offered(question), reading.cleaned.core, lexicon) is not None


def _ruled(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that a rule finds in the text or its core ("hi 2", "2 thanks"). Cached per turn."""
    key = question.name, reading.cleaned.text
    if key not in builder.ruled:
        builder.ruled[key] = _read_by_rule(builder, question, reading)
    return builder.ruled[key]


def _read_by_rule(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    choices, lexicon, core = builder.offered(question), builder.book.reader.lexicon, reading.cleaned.core
    said = normalize(reading.cleaned.text)
    if " " in said and _asks_yes_or_no(choices) and says_both(said.split(), lexicon):
        said = " ".join(settled(said.split(), lexicon))
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


def _meant(
    choices: tuple[Choice, ...], reading: Reading, said: str, builder: TurnBuilder, question: Question
) -> Choice | None:
    """Return the choice that stands for the text's intent, or None: "he was suspended"."""
    lexicon = builder.book.reader.lexicon
    if asks(reading.cleaned.text, lexicon) or is_conditional(said.split(), lexicon):
        return None
    words = normalize(reading.cleaned.text).split()
    if len(settled(words, lexicon)) < len(words):
        return None  # the intent may come from a retracted or empty opening: "no problem he does"
    if reading.by == "rule":
        return next((c for c in choices if reading.intent in c.means), None)
    for choice in choices:
        if sum(p for name, p in reading.ranked if name in choice.means) >= SURE_MEANT:
            return None if denied(builder, question, choice, reading.cleaned.text) else choice
    return None


def _asks_yes_or_no(choices: tuple[Choice, ...]) -> bool:
    return {"yes", "no"} <= {choice.name for choice in choices}


def must_be_plain(builder: TurnBuilder, question: Question) -> bool:
    """Return whether only a rule may give the answer: it is consent, erases data, or ends the talk."""
    return builder.book.binds(question.name) or any(builder.book.ends_with(c.go) for c in question.choices)
