"""Interprets a text at the open question: an answer to it, or a command or topic that works anywhere.

Rule 1: an answer by rule (a number, the choice's own words, a whole yes) comes first; then that question's
        classifier.
Rule 2: consent and erasure need a rule match: "ok but not now" is neither.
Rule 3: never record the opposite of what was said, and record nothing while danger is suspected.
"""

from __future__ import annotations

from collections.abc import Sequence

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.book.texts import offered
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.ages import only_an_age
from hotline.conversation.nlu.choices import (
    age_between,
    asks,
    choose,
    denies,
    held,
    is_conditional,
    only_counts,
    says_another,
    whole,
)
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.dates import read_coming_day, read_day
from hotline.conversation.nlu.grades import read_grade
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import (
    contrasts,
    doubts,
    opening,
    says_badly,
    says_both,
    says_good,
    says_over,
    says_well,
    settled,
    yes_or_no,
)
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

SURE_ANSWER, SURE_QUESTION, OPPOSITE = 0.8, 0.9, 0.3
"""Probabilities a choice needs in a statement and in a question.

From OPPOSITE on, another choice counts against a sentence's opening word.
"""

SURE_MEANT = 0.65
"""The total probability needed by the intents that a choice stands for."""

SURE_TOO = 0.3
"""The minimum probability of the choice that the text's intent implies: "he breezes through" reads like
a child's story, and is no yes to "is school hard"."""

SURE_NAMED = 0.5
"""The minimum probability of a choice when the text has the choice's own words: "mi hijo no aprende a leer"."""

SURE_TOPIC = 0.8
"""An intent with this probability takes precedence over a less certain choice."""

LONGEST_PLAIN = 3
"""The words up to which a text in which a rule finds an answer says little else."""

NO_ANSWER, YES_OR_NO = "-", "answer.any_yes_no"


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
    return builder.book.reader.read(text, lambda line: line in builder.book.ours)


def value_of(builder: TurnBuilder, question: Question, text: str) -> str | None:
    """Return the value for a question in the text, a state's code or a date, or None."""
    match question.takes:
        case Takes.STATE:
            return builder.book.places.named(text)
        case Takes.DAY | Takes.COMING_DAY:
            read = read_day if question.takes is Takes.DAY else read_coming_day
            day = read(text, builder.event.at.date(), builder.book.reader.lexicon)
            return day.isoformat() if day else None
        case Takes.GRADE:
            return read_grade(text, builder.book.reader.lexicon)
        case Takes.AGE:
            lexicon, said = builder.book.reader.lexicon, normalize(text)
            years = age_between(offered_now(builder, question), said, lexicon)
            return None if years is None else str(years)
        case Takes.NOTHING:
            return None


def chosen(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that the text answers with, or None if it rather asks for something else."""
    lexicon, said = builder.book.reader.lexicon, reading.cleaned.core
    choices = offered_now(builder, question)
    choice = _ruled(builder, question, reading)
    words = normalize(reading.cleaned.text).split()
    if choice is not None and (len(words) <= LONGEST_PLAIN or not choice.ages):
        return choice
    no_sentence = must_be_plain(builder, question) or only_counts(words, lexicon)
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
    learned = _learned(builder, question, choices, reading, choice)
    if learned is not None:
        return learned
    topic = reading.intent if reading.sure >= SURE_TOPIC else None
    leads_away = topic is not None and topic not in builder.book.roles.part_of_an_answer
    named = None if leads_away else held(choices, said, lexicon)
    if head := _head(builder, question, choices):
        likely = builder.book.reader.classifier.scores(head, normalize(reading.cleaned.text))
        return _likely(likely, named) or _sure_meant(likely, _meant(choices, reading, said, builder), reading)
    return _meant(choices, reading, said, builder) if leads_away else named


def _likely(likely: Scores, named: Choice | None) -> Choice | None:
    """Return the choice whose words the text has if the question's classifier, though unsure, finds the same one."""
    name, sure = likely.best
    return named if named is not None and name == named.name and sure >= SURE_NAMED else None


def _sure_meant(likely: Scores, meant: Choice | None, reading: Reading) -> Choice | None:
    """Return the choice that the text's intent stands for unless the question's classifier rules it out."""
    sure = meant is not None and (reading.by == "rule" or likely.of(meant.name) >= SURE_TOO)
    return meant if sure else None


def offered_now(builder: TurnBuilder, question: Question) -> tuple[Choice, ...]:
    """Return the choices of a question as offered to this person."""
    only = builder.session.between if question.picks else ()
    return offered(builder.book, builder.session.language, question.name, only)


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
    if question.takes is Takes.AGE and value_of(builder, question, reading.cleaned.core):
        return only_an_age(words, lexicon)
    if choice is None or "signature" in reading.cleaned.cut or len(settled(words, lexicon)) < len(words):
        return False
    exact = whole(offered_now(builder, question), reading.cleaned.core, lexicon)
    return exact is not None or (only_an_age(words, lexicon) if choice.ages else len(words) <= LONGEST_PLAIN)


def _ruled(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that a rule finds in the text or its core ("hi 2", "2 thanks"). Cached per turn."""
    key = question.name, reading.cleaned.text
    if key not in builder.ruled:
        builder.ruled[key] = _read_by_rule(builder, question, reading)
    return builder.ruled[key]


def _read_by_rule(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    choices, lexicon, core = offered_now(builder, question), builder.book.reader.lexicon, reading.cleaned.core
    said = normalize(reading.cleaned.text)
    if _asks_yes_or_no(choices) and says_both(said.split(), lexicon):
        said = " ".join(settled(said.split(), lexicon))
        return None if says_both(said.split(), lexicon) else choose(choices, said, question.unsure, lexicon)
    found = choose(choices, said, question.unsure, lexicon)
    if found is None and core != said:
        found = choose(choices, core, question.unsure, lexicon)
    return found


def _learned(
    builder: TurnBuilder,
    question: Question,
    choices: tuple[Choice, ...],
    reading: Reading,
    ruled: Choice | None,
) -> Choice | None:
    """Return the choice that this question's classifier finds in a sentence, or None."""
    reader, text = builder.book.reader, reading.cleaned.text
    head = _head(builder, question, choices)
    words = settled(normalize(text).split(), reader.lexicon)
    if head is None or _answers_nothing(choices, reading, words, reader.lexicon):
        return None
    scores = reader.classifier.scores(head, " ".join(words))
    name, sure = scores.best
    by_name = {choice.name: choice for choice in choices}
    if ruled is not None:  # an age inside a sentence: the classifier must not contradict it
        return ruled if name == ruled.name or scores.of(ruled.name) >= OPPOSITE else None
    opened = opening(text, reader.lexicon) if len(words) == len(normalize(text).split()) else None
    if opened in by_name and all(p < OPPOSITE for n, p in scores.ranked if n not in (opened, NO_ANSWER)):
        return None if _denied(by_name[opened], choices, text, builder) else by_name[opened]
    unsettled = asks(text, reader.lexicon) or is_conditional(normalize(text).split(), reader.lexicon)
    needed = SURE_QUESTION if unsettled else SURE_ANSWER
    wants_a_topic = (
        reading.intent is not None
        and reading.intent not in builder.book.roles.part_of_an_answer
        and reading.sure >= SURE_TOPIC
    )
    if wants_a_topic and asks(text, reader.lexicon):
        return None  # "what is an iep" is no answer, though it names a choice
    if name == NO_ANSWER or sure < (SURE_QUESTION if wants_a_topic else needed):
        return None
    if opened is not None and opened != name:
        return None
    choice = by_name.get(name)
    if choice is None or (opened is None and _denied(choice, choices, text, builder)):
        return None
    return choice


def _answers_nothing(
    choices: tuple[Choice, ...], reading: Reading, words: Sequence[str], lexicon: Lexicon
) -> bool:
    """Return whether a text is a greeting, or a bare yes or no where none is offered: "hello", "ok"."""
    if reading.intent == Known.GREETING and reading.sure >= SURE_QUESTION:
        return True
    return yes_or_no(words, lexicon) not in (None, *(choice.name for choice in choices))


def _denied(choice: Choice, choices: tuple[Choice, ...], text: str, builder: TurnBuilder) -> bool:
    """Return whether the text's own words contradict a choice (Rule 3), so that we ask again."""
    lexicon, words = builder.book.reader.lexicon, normalize(text).split()
    about_trouble = any(c.name == "yes" and Known.SCREEN in c.means for c in choices)
    if choice.name == "yes":
        well = says_well(text, lexicon) or (about_trouble and says_good(text, lexicon))
        return well or says_over(text, lexicon)  # "she has no trouble with reading", "he used to be"
    if choice.name == "no":
        undecided = doubts(words, lexicon) or contrasts(words, lexicon)
        return undecided or (about_trouble and says_badly(text, lexicon))
    return denies(choice, words, lexicon)


def _meant(choices: tuple[Choice, ...], reading: Reading, said: str, builder: TurnBuilder) -> Choice | None:
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
            return None if _denied(choice, choices, reading.cleaned.text, builder) else choice
    return None


def _asks_yes_or_no(choices: tuple[Choice, ...]) -> bool:
    return {"yes", "no"} <= {choice.name for choice in choices}


def _head(builder: TurnBuilder, question: Question, choices: tuple[Choice, ...]) -> str | None:
    """Return the classifier head of this question's answers, else that for yes and no, or None."""
    heads = builder.book.reader.classifier.heads
    own = f"answer.{question.name}"
    if own in heads:
        return own
    return YES_OR_NO if {c.name for c in choices} == {"yes", "no"} else None


def must_be_plain(builder: TurnBuilder, question: Question) -> bool:
    """Return whether only a rule may give the answer: it is consent, erases data, or ends the talk."""
    return builder.book.binds(question.name) or any(builder.book.ends_with(c.go) for c in question.choices)
