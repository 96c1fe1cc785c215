"""Uses what a text says of the child by the way, however short it is: an age, a plan, a list of facts.

Rule 1: rules alone find these (`nlu.stated_facts`); what a story implies, the classifier finds (`volunteered`).
Rule 2: "my daughter has an iep" is no question what an IEP is.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Place, Question, Role
from hotline.conversation.book.texts import offered
from hotline.conversation.engine.asides import BEGINS_FROM
from hotline.conversation.engine.learned_answer import SURE_TOPIC
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import volunteered
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Choice, Texting
from hotline.conversation.nlu.ages import age_in_years
from hotline.conversation.nlu.choices import (
    age_between,
    asks,
    held,
    is_conditional,
    names,
    of_age,
    whole,
)
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import yes_or_no
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.stated_facts import (
    SHORTEST_OPENER,
    age_in_front,
    age_stated,
    ages_of_two,
    before_another,
    listed,
    of_another,
    plan_stated,
    tells_of_two,
)

SHORTEST_DOUBT = 7
"""Words up to which an age in a question is not of the child."""

LONGEST_OF_TWO = 12
"""Longest text, in words, that can mention two children and say little else."""

LIKELY_BESIDE = 0.2
"""Minimum probability of another topic at which a text that states the child's plan may be about that topic too."""


def facts_stated(builder: TurnBuilder, reading: Reading) -> dict[str, str]:
    """Return the screening questions that a text answers by the way, each with the choice."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if reading.danger is Danger.ALARM:
        return {}
    text = of_another(text, lexicon) or text
    plan, years = plan_stated(text, lexicon), _age_given(builder, text)
    two = tells_of_two(text, lexicon)
    found = {} if two else _listed(builder, text)
    for question in builder.book.held_questions:
        choices = builder.offered(question)
        choice = of_age(choices, years) if choices[0].ages else None
        if two and choices[0].ages:
            each = {of_age(choices, age) for age in ages_of_two(text, lexicon)}
            choice = each.pop() if len(each) == 1 else None
        if plan and not two and asks_for_plan(builder, question):
            choice = whole(choices, plan, lexicon)
        if choice := choice or _noted_anywhere(builder, question, text):
            found[question.name] = choice
    return {name: choice.name for name, choice in found.items()}


def _age_given(builder: TurnBuilder, text: str) -> float | None:
    """Return the age that a text tells of the child; one asked about may be another's: "is 4 too young to test?"."""
    lexicon = builder.book.reader.lexicon
    if asks(text, lexicon) and len(text.split()) <= SHORTEST_DOUBT:
        return None
    years = age_stated(text, lexicon)
    if years is None and not builder.start.state and not asks(text, lexicon):
        years = age_in_front(text, lexicon)
    return years


def age_left_open(builder: TurnBuilder, reading: Reading) -> str:
    """Return the age that a text tells where it lies between those of two choices, so that a question decides, or ""."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    years = None if tells_of_two(text, lexicon) else _age_given(builder, text)
    choices = builder.offered(builder.book.question(Role.SCREENING))
    between = years is not None and age_between(choices, str(int(years)), lexicon)
    return str(between) if between else ""


def _noted_anywhere(builder: TurnBuilder, question: Question, text: str) -> Choice | None:
    """Return the choice that may be recorded at any question, if the text says only that: "he goes to public school"."""
    own = _noted(builder.book, builder.session.language, question.name)
    if not own:
        return None
    lexicon, said = builder.book.reader.lexicon, normalize(text)
    words = set(said.split())
    fitting = [name for name, its in own.items() if words & its and words - its <= lexicon.age_words]
    choice = held(builder.offered(question), said, lexicon) if fitting else None
    return choice if choice is not None and choice.name in fitting else None


@lru_cache(maxsize=1024)
def _noted(book: Book, language: str, question: str) -> Mapping[str, Set[str]]:
    """Return the words of each choice of a question that may be recorded at any other, by its name."""
    return {
        choice.name: {word for wording in (choice.text, *choice.words) for word in normalize(wording).split()}
        for choice in offered(book, language, question)
        if choice.noted
    }


def asks_for_plan(builder: TurnBuilder, question: Question) -> bool:
    """Return whether each plan is a choice of this question."""
    lexicon, choices = builder.book.reader.lexicon, builder.offered(question)
    return all(whole(choices, plan, lexicon) for plan in lexicon.stated["plans"])


def _listed(builder: TurnBuilder, text: str) -> dict[str, Choice]:
    """Return what a list of short facts answers: each fact the first question that has its words."""
    reader, found = builder.book.reader, dict[str, Choice]()
    first = builder.book.question(Role.SCREENING)
    for part in listed(text):
        said, meant = normalize(part), reader.read(part)
        if said.isdecimal() and (aged := of_age(builder.offered(first), int(said))):
            found.setdefault(first.name, aged)
        if " " not in said or asks(part, reader.lexicon) or age_stated(part, reader.lexicon) is not None:
            continue
        for question in builder.book.held_questions:
            choices = builder.offered(question)
            if choices[0].ages or question.name in found or question.file != first.file:
                continue
            sure = meant.sure >= SURE_TOPIC
            by_topic = next((c for c in choices if sure and meant.intent in c.means), None)
            choice = names(choices, said, reader.lexicon) or by_topic or held(choices, said, reader.lexicon)
            if choice:
                found[question.name] = choice
                break
    return found


def read_as_stated(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading of a statement that the child has a plan as a child's story, not as a question about plans."""
    explains = builder.book.roles.explains_a_plan
    about = reading.intent in explains or bool(explains.intersection(reading.asks))
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if opens_with_two(builder, reading):
        return replace(reading, intent=Known.SCREEN, sure=1.0, asks=(), by="model")
    if _comes_to_another(builder, reading):
        return replace(reading, intent=Known.ANOTHER_CHILD, sure=1.0, asks=(), by="rule")
    if not about or asks(text, lexicon) or plan_stated(text, lexicon) is None:
        return reading
    likely = {name for name, sure in reading.ranked if sure >= LIKELY_BESIDE}
    left = tuple(name for name in reading.asks if name in likely - explains)
    if reading.intent is None and left:
        return replace(reading, asks=left)
    return replace(reading, intent=Known.SCREEN, sure=1.0, asks=(), by="model")


def opens_with_two(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a new person mentions two children and asks nothing."""
    text, lexicon, session = reading.cleaned.text, builder.book.reader.lexicon, builder.session
    if session.answers or session.reminded or session.state not in ("", *BEGINS_FROM) or reading.by == "rule":
        return False
    roles = builder.book.roles
    of_a_child = {*roles.tells_of_a_child, *roles.explains_a_plan, Known.ANOTHER_CHILD}
    likeliest = reading.intent or next(iter(reading.asks), Known.SCREEN)
    topic = likeliest not in of_a_child and (reading.intent is not None or not ages_of_two(text, lexicon))
    if topic or asks(text, lexicon) or len(text.split()) > LONGEST_OF_TWO:
        return False
    return reading.danger is Danger.NONE and tells_of_two(text, lexicon)


def _comes_to_another(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a person who asked about one child gives the age of another one: "my other son is 14"."""
    if not asked_about_one(builder) or reading.by == "rule" or reading.intent == Known.STOP_UNCLEAR:
        return False
    return bool(of_another(reading.cleaned.text, builder.book.reader.lexicon))


def of_this_child(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading of a yes or a no at a reminder without what the text says of another child, who was not asked about."""
    question, lexicon = builder.question(), builder.book.reader.lexicon
    if question is None or not question.reminder or reading.danger is not Danger.NONE:
        return reading
    said = before_another(reading.cleaned.text, lexicon)
    stops = reading.intent in (Known.STOP, Known.STOP_UNCLEAR)
    return (
        builder.book.reader.read(said) if said and not stops and yes_or_no(said.split(), lexicon) else reading
    )


def asked_about_one(builder: TurnBuilder) -> bool:
    """Return whether a person has asked about a child before, as far as is known."""
    session = builder.session
    return bool(session.answers or session.reminded or session.known or session.texting is Texting.YES)


def given_of_another(builder: TurnBuilder) -> tuple[tuple[str, str], ...]:
    """Return the answers that a text gives about another child, whom the conversation comes to with it."""
    reader, first = builder.book.reader, builder.book.question(Role.SCREENING)
    story = of_another(builder.event.text, reader.lexicon)
    if not story:
        return ()
    reading = reader.read(story)
    aged = of_age(builder.offered(first), age_in_years(story, reader.lexicon))
    given = {**dict(volunteered(builder, reading)), **facts_stated(builder, reading)}
    return tuple((given | ({first.name: aged.name} if aged else {})).items())


def take_facts(builder: TurnBuilder, reading: Reading) -> None:
    """Remember the facts of a text for the questions that were not answered yet, and are not open."""
    session, facts = builder.session, facts_stated(builder, reading)
    new = {q: c for q, c in facts.items() if session.answer_to(q) is None and q != session.state}
    builder.session = replace(session, given=tuple({**dict(session.given), **new}.items()))


def tells_of_its_plan(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text at a menu says that the child has a plan, and does not pick what a plan is."""
    lexicon = builder.book.reader.lexicon
    return (
        question.name in BEGINS_FROM and plan_stated(reading.cleaned.text, lexicon) in lexicon.stated["plans"]
    )


def stated_here(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the answer to the open question among the facts that a text tells: "adhd he has a 504"."""
    if reading.intent == Known.STOP_UNCLEAR:
        return None
    name = facts_stated(builder, reading).get(question.name)
    return next((choice for choice in question.choices if choice.name == name), None)


def tells_enough(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a first text gives answers to begin the screening with: a plan alone leaves open which topic is meant."""
    if opens_with_two(builder, reading) or age_left_open(builder, reading):
        return True
    given = dict(builder.session.given)
    plan_alone = len(given) == 1 and Role.SCREENING not in given and bool(reading.asks)
    return bool(given) and not plan_alone


def begins_here(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether facts of a child that is new begin the screening: "my son is 6", at the menu."""
    if opens_with_two(builder, reading):
        return True
    new = set(builder.session.given) - set(builder.start.given)
    at = question is not None and question.name in BEGINS_FROM
    aged = bool(age_left_open(builder, reading))
    return at and (bool(new) or aged) and not builder.session.screening


def opens_with_the_school(builder: TurnBuilder, reading: Reading, intent: str) -> bool:
    """Return whether a new parent reports what the school said, rather than asks about it."""
    session, book = builder.session, builder.book
    if builder.event.channel is not Channel.SMS or intent not in book.roles.then_screening:
        return False
    begun = (
        session.answers
        or session.reminded
        or session.stack
        or set(dict(session.known)) - {book.home_question}
    )
    if begun or session.state not in ("", Place.REST, *BEGINS_FROM):
        return False
    text, lexicon = reading.cleaned.text, book.reader.lexicon
    tells = len(text.split()) >= SHORTEST_OPENER and not asks(text, lexicon)
    has_plan = plan_stated(text, lexicon) in lexicon.stated["plans"]
    return tells and not has_plan and not is_conditional(normalize(text).split(), lexicon)
