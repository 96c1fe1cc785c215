"""Finds the answer in a sentence: by the word that it opens with, and by the classifier of the open question.

Rule 1: what that classifier is sure of comes before any topic that the sentence may be about, except where the text asks
        something of its own.
Rule 2: a clear first word, "not yet" or "no,", is the answer unless the classifier finds another one. A first word that
        may mean more ("no le va bien") needs the classifier to agree.
Rule 3: never record the opposite of what was said: what a sentence denies, takes back or says of the past is not an answer.
Rule 4: a choice that tells a parent to do nothing (`whole`) is never found in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.lead_ins import reports_unnamed_answer
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.ages import only_time_passed
from hotline.conversation.nlu.choices import (
    choice_at_start,
    choice_of_kind,
    denies_choice,
    is_conditional,
    is_question,
)
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.dates import is_day_in_figures
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import (
    contrasts,
    doubts,
    first_word_answer,
    limits_opening,
    opening_answer,
    says_badly,
    says_good,
    says_over,
    says_well,
    without_retractions,
    yes_or_no,
)
from hotline.conversation.nlu.reader import Reading
from hotline.conversation.nlu.roles import Known

SURE_ANSWER, SURE_QUESTION, OPPOSITE = 0.8, 0.9, 0.3
"""Probabilities a choice needs in a statement and in a question.

From OPPOSITE on, another choice counts against a sentence's opening word.
"""

SURE_ALONE, OTHER_ALONE = 0.6, 0.2
"""At a reminder's question, the probability that is enough for a choice, and the one that no other choice may reach."""

SURE_NAMED = 0.5
"""The minimum probability of a choice that the text's first word or the choice's own words say too."""

SURE_TOPIC = 0.8
"""An intent with this probability takes precedence over a less certain choice."""

SURER_TOPIC = 0.95
"""Below this, a likely answer to a reminder's question is asked again rather than taken for a topic."""

SHORTEST_ABOUT_A_DAY = 3
"""Words from which a sentence answers a question for a day: "not Monday" does not."""

STOP_LIKELY = 0.5
"""From this probability of an opt-out, no sentence counts as an answer (47 CFR 64.1200: an opt-out in any words)."""

NO_ANSWER, YES_OR_NO = "-", "answer.any_yes_no"


@dataclass(frozen=True, slots=True)
class Opened:
    """The choice that a sentence's first words name."""

    choice: Choice
    kind: str
    """ "yes" or "no", or "" if they are the choice's own words."""
    clear: bool
    """Whether they can hardly mean anything else (Rule 2)."""
    but: bool
    """Whether something contrasts with them later: "yes but only in math"."""


def classified_choice(
    builder: TurnBuilder,
    question: Question,
    choices: tuple[Choice, ...],
    reading: Reading,
    ruled: Choice | None,
) -> Choice | None:
    """Return the choice that this question's classifier finds in a sentence, or None.

    `ruled` is what a rule finds in it, an age: the classifier must not contradict that.
    """
    reader, text = builder.book.reader, reading.cleaned.text
    head = head_of(builder, question)
    words = without_retractions(reading.cleaned.said.split(), reader.lexicon)
    if head is None or _answers_nothing(choices, reading, words, reader.lexicon):
        return None
    if question.takes in (Takes.DAY, Takes.COMING_DAY) and len(words) < SHORTEST_ABOUT_A_DAY:
        return None
    scores = builder.scores(head, " ".join(words))
    name, sure = scores.best
    if ruled is not None:
        return ruled if name == ruled.name or scores.of(ruled.name) >= OPPOSITE else None
    opened = _opening_choice(builder, question, choices, text, words)
    if opened is not None and _is_confirmed(opened, scores):
        other = _opens_something_else(builder, question, reading, opened)
        return None if other or contradicts(builder, question, opened.choice, text) else opened.choice
    if (
        opened is None
        and reading.intent != name  # "no nunca la he pedido" reads as a no, and is one
        and reading.intent in builder.book.roles.answered_kindly
        and reading.sure >= SURE_QUESTION
    ):
        return None  # "thank you so much" is not an answer
    choice = next((choice for choice in choices if choice.name == name), None)
    said_only = choice is not None and (choice.whole or choice.days_ago is not None)
    if choice is None or said_only or not _sure_enough(builder, question, reading, scores):
        return None  # we never record a day that was not said
    if opened is not None and opened.choice.name == name:
        return choice
    opposite = opened is not None and opened.clear and {opened.kind, name} == {"yes", "no"}
    against = opposite or (opened is not None and sure < SURE_QUESTION)
    return None if against or contradicts(builder, question, choice, text) else choice


def head_of(builder: TurnBuilder, question: Question) -> str | None:
    """Return the classifier head of this question's answers, else that for yes and no, or None."""
    heads = builder.book.reader.classifier.heads
    own = f"answer.{question.answered_like or question.name}"
    if own in heads:
        return own
    return YES_OR_NO if {c.name for c in question.choices} == {"yes", "no"} else None


def is_likely_answer(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether the question's classifier finds an answer likelier than none, though it is not sure which."""
    head = head_of(builder, question)
    if head is None or not reading.cleaned.text:
        return False
    scores = builder.scores(head, reading.cleaned.said)
    return scores.of(NO_ANSWER) < SURE_NAMED


def should_stay_at_question(builder: TurnBuilder, question: Question, reading: Reading, intent: str) -> bool:
    """Return whether to ask the open question again, rather than follow the intent that a text was read for.

    Such a text is more likely an answer that we did not understand. Thanks in an answer are not a topic: "yeah they gave
    him the iep thank god".
    """
    roles = builder.book.roles
    if reports_unnamed_answer(builder, question, reading):
        return True
    noted = builder.session.given != builder.start.given and intent in roles.part_of_an_answer  # "publica"
    stays_here = intent in roles.stays_at_a_question and (
        question.holds or _may_be_about_reminder(question, reading)
    )
    if stays_here or (noted and (question.holds or intent not in roles.story_begins_screening)):
        return True
    if question.takes in (Takes.DAY, Takes.COMING_DAY) and is_day_in_figures(reading.cleaned.text):
        return True  # an impossible day, "11/10", is not a topic
    if (
        not _about_the_child(question)
        or reading.by != "model"
        or is_question(reading.cleaned.text, builder.book.reader.lexicon)
    ):
        return False
    kindly = intent in roles.answered_kindly and reading.sure < SURE_QUESTION
    beside = kindly or (intent in roles.part_of_an_answer and intent not in roles.answered_kindly)
    topic = question.reminder is not None and intent in builder.book.topics and reading.sure < SURER_TOPIC
    return (beside or topic) and is_likely_answer(builder, question, reading)


def _may_be_about_reminder(question: Question, reading: Reading) -> bool:
    """Return whether a story may be an answer to a reminder, not a new screening: "he dont get his speech"."""
    return question.reminder is not None and reading.by == "model" and reading.sure < SURER_TOPIC


def _is_confirmed(opened: Opened, scores: Scores) -> bool:
    """Return whether the classifier confirms a sentence's first words, or finds no other answer (Rule 2)."""
    name, sure = scores.best
    if name == opened.choice.name and sure >= (SURE_ANSWER if opened.but else SURE_NAMED):
        return True
    others = (p for name, p in scores.ranked if name not in (opened.choice.name, NO_ANSWER))
    return opened.clear and not opened.but and all(p < OPPOSITE for p in others)


def _sure_enough(builder: TurnBuilder, question: Question, reading: Reading, scores: Scores) -> bool:
    """Return whether the likeliest choice is the answer.

    At a reminder's question a lower probability is enough if everything else, also "no answer", is unlikely.
    """
    needed, (_, sure) = _required_probability(builder, question, reading), scores.best
    if question.reminder is not None and needed == SURE_ANSWER and scores.ranked[1][1] < OTHER_ALONE:
        needed = SURE_ALONE
    return sure >= needed


def _opening_choice(
    builder: TurnBuilder, question: Question, choices: tuple[Choice, ...], text: str, words: Sequence[str]
) -> Opened | None:
    """Return the choice that a sentence opens with, or None; words that are taken back do not count."""
    lexicon, said = builder.book.reader.lexicon, normalize(text).split()
    if len(words) < len(said):
        return None
    but, reminder = limits_opening(said, lexicon), question.reminder is not None
    if reminder and (own := choice_at_start(choices, said, lexicon)):
        return Opened(own, "", clear=True, but=but)
    clear = opening_answer(text, lexicon)
    kind = clear or first_word_answer(said, lexicon)
    choice = choice_of_kind(choices, kind, lexicon) if kind else None
    if kind is None or choice is None or choice.whole or not (clear or reminder or choice.name != kind):
        return None
    return Opened(choice, kind, clear=bool(clear) and (reminder or choice.name == kind), but=but)


def _required_probability(builder: TurnBuilder, question: Question, reading: Reading) -> float:
    """Return the probability that a choice needs; more than 1 if the text clearly asks for something else."""
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    part = _about_the_child(question) and reading.intent in builder.book.roles.part_of_an_answer
    wants_a_topic = reading.intent is not None and not part and reading.sure >= SURE_TOPIC
    if wants_a_topic and (is_question(text, lexicon) or _is_about_something_else(builder, question, reading)):
        return 2.0  # "what is an iep" is not an answer, though it names a choice
    unsettled = is_question(text, lexicon) or is_conditional(reading.cleaned.said.split(), lexicon)
    doubted = wants_a_topic and (question.reminder is None or reading.by == "rule")
    return SURE_QUESTION if unsettled or doubted else SURE_ANSWER


def _about_the_child(question: Question) -> bool:
    """Return whether a child's story may answer this question: one of the screening, or of a reminder."""
    return question.holds or question.reminder is not None


def _opens_something_else(builder: TurnBuilder, question: Question, reading: Reading, opened: Opened) -> bool:
    """Return whether a yes opens another story where no choice is named yes: "ya la mandé ayer" at "have you asked?".

    So does a word that opens what surely is another answer of a reminder: "ya le quitaron el ayudante" at "is it used?".
    """
    others = (choice.means for choice in question.choices if choice.name != opened.choice.name)
    if (
        question.reminder is not None
        and reading.sure >= SURE_QUESTION
        and any(reading.intent in each for each in others)
    ):
        return True
    no_yes = opened.kind == "yes" and opened.choice.name != "yes" and question.reminder is None
    return no_yes and _is_about_something_else(builder, question, reading)


def _is_about_something_else(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text is surely about something else: a story at an offer, "signed" where we asked about "sent"."""
    if reading.sure < SURER_TOPIC:
        return False
    led = builder.book.led_to_by(reading.intent)
    states = (builder.book.states.get(name) for name in led)
    days = (
        state
        for state in states
        if isinstance(state, Question) and state.takes in (Takes.DAY, Takes.COMING_DAY)
    )
    if (day := next(days, None)) and day is not question:
        return day.name not in {choice.go for choice in question.choices}
    return not _about_the_child(question) and reading.intent in builder.book.roles.part_of_an_answer


def _answers_nothing(
    choices: tuple[Choice, ...], reading: Reading, words: Sequence[str], lexicon: Lexicon
) -> bool:
    """Return whether a text is a greeting, a likely opt-out, a bare yes or no where none is offered, or, of an age, a time that passed.

    "No i dont need these anymore" is asked about: it does not mean "not yet".
    """
    if reading.intent == Known.GREETING and reading.sure >= SURE_QUESTION:
        return True
    if reading.intent == Known.STOP_UNCLEAR and reading.sure >= STOP_LIKELY:
        return True
    if any(choice.ages for choice in choices) and only_time_passed(" ".join(words), lexicon):
        return True  # "hace 2 meses"
    return yes_or_no(words, lexicon) not in (None, *(choice.name for choice in choices))


def contradicts(builder: TurnBuilder, question: Question, choice: Choice, text: str) -> bool:
    """Return whether the text's own words contradict a choice of a question (Rule 3), so that we ask again."""
    lexicon, words = builder.book.reader.lexicon, normalize(text).split()
    if question.reminder is not None and choice.name in ("yes", "no"):
        return choice.name == "no" and doubts(words, lexicon)
    about_trouble = any(c.name == "yes" and Known.SCREEN in c.means for c in question.choices)
    if choice.name == "yes":
        well = says_well(text, lexicon) or (about_trouble and says_good(text, lexicon))
        return well or says_over(text, lexicon)  # "she has no trouble with reading", "he used to be"
    if choice.name == "no":
        undecided = doubts(words, lexicon) or contrasts(words, lexicon)
        return undecided or (about_trouble and says_badly(text, lexicon))
    return denies_choice(choice, words, lexicon)
