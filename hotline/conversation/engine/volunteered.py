"""Finds the answers that a text gives before their questions are asked: "my son is 8 and cannot read".

Rule 1: an age, a plan or a list of facts is found by rule in any text (`nlu.stated_facts`); what a story implies, by the
        classifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.book.texts import offered, text_id
from hotline.conversation.engine.learned_answer import SURE_TOPIC, is_likely_answer
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice, Tell
from hotline.conversation.nlu.ages import age_in_years, only_time_passed
from hotline.conversation.nlu.choices import (
    age_between,
    choice_for_age,
    contained_choice,
    exact_choice,
    is_question,
    named_choice,
)
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import YES_AND_NO
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.said import has_entry
from hotline.conversation.nlu.stated_facts import (
    about_another_child,
    age_stated,
    ages_of_two,
    leading_age,
    listed_facts,
    mentions_two_children,
    plan_stated,
)

SHORTEST_DOUBT = 7
"""Words up to which an age in a question is not of the child."""

SURE_GIVEN = 0.9
"""The probability that a choice needs before its question was asked."""

MEANT_TOO = 0.5
"""The probability of the topics of a choice that has some, beside which a story may give it: "he refuses to go" is no school's no."""

SHORTEST_STORY = 4
"""The words from which a text may answer questions that were not asked."""


def stated_answers(builder: TurnBuilder, reading: Reading) -> dict[str, str]:
    """Return the choice that a text states for each screening question that it answers in passing, by the question's name."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if reading.danger is Danger.ALARM:
        return {}
    text = about_another_child(text, lexicon) or text
    plan, years = plan_stated(text, lexicon), _age_in_passing(builder, text)
    two = mentions_two_children(text, lexicon)
    found = {} if two else _answers_in_list(builder, text)
    for question in builder.book.held_questions:
        choices = builder.offered(question)
        choice = choice_for_age(choices, years) if choices[0].ages else None
        if two and choices[0].ages:
            each = {choice_for_age(choices, age) for age in ages_of_two(text, lexicon)}
            choice = each.pop() if len(each) == 1 else None
        if plan and not two and asks_for_plan(builder, question):
            choice = exact_choice(choices, plan, lexicon)
        if choice := choice or _choice_noted_anywhere(builder, question, text):
            found[question.name] = choice
    return {name: choice.name for name, choice in found.items()}


def _age_in_passing(builder: TurnBuilder, text: str) -> float | None:
    """Return the age that a text gives the child; one asked about may be another's: "is 4 too young to test?"."""
    lexicon = builder.book.reader.lexicon
    if is_question(text, lexicon) and len(text.split()) <= SHORTEST_DOUBT:
        return None
    years = age_stated(text, lexicon)
    if years is not None or is_question(text, lexicon):
        return years
    leading, asked = leading_age(text, lexicon), builder.book.states.get(builder.start.state)
    if leading is None or not builder.start.state:
        return leading
    by_number = len(asked.choices) if isinstance(asked, Question) and asked.takes is Takes.AGE else leading
    return leading if leading > by_number else None


def is_age_between_choices(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text gives an age between those of two choices, so that another question decides: "my son is 5"."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    years = None if mentions_two_children(text, lexicon) else _age_in_passing(builder, text)
    choices = builder.offered(builder.book.question(Role.SCREENING))
    return years is not None and age_between(choices, str(int(years)), lexicon) is not None


def _choice_noted_anywhere(builder: TurnBuilder, question: Question, text: str) -> Choice | None:
    """Return the choice that may be recorded at any question, if the text says only that: "he goes to public school"."""
    own = _words_of_noted_choices(builder.book, builder.session.language, question.name)
    if not own:
        return None
    lexicon, said = builder.book.reader.lexicon, normalize(text)
    words = set(said.split())
    fitting = [name for name, its in own.items() if words & its and words - its <= lexicon.age_words]
    choice = contained_choice(builder.offered(question), said, lexicon) if fitting else None
    return choice if choice is not None and choice.name in fitting else None


@lru_cache(maxsize=1024)
def _words_of_noted_choices(book: Book, language: str, question: str) -> Mapping[str, Set[str]]:
    """Return the words of each choice of a question that may be recorded at any other, by its name."""
    return {
        choice.name: {word for wording in (choice.text, *choice.words) for word in normalize(wording).split()}
        for choice in offered(book, language, question)
        if choice.noted
    }


def asks_for_plan(builder: TurnBuilder, question: Question) -> bool:
    """Return whether each plan is a choice of this question."""
    lexicon, choices = builder.book.reader.lexicon, builder.offered(question)
    return all(exact_choice(choices, plan, lexicon) for plan in lexicon.stated["plans"])


def _answers_in_list(builder: TurnBuilder, text: str) -> dict[str, Choice]:
    """Return the choices that a list of short facts gives, by question: each fact answers the first one that has its words."""
    reader, found = builder.book.reader, dict[str, Choice]()
    first = builder.book.question(Role.SCREENING)
    for part in listed_facts(text):
        said, meant = normalize(part), reader.read(part)
        if said.isdecimal() and (aged := choice_for_age(builder.offered(first), int(said))):
            found.setdefault(first.name, aged)
        if (
            " " not in said
            or is_question(part, reader.lexicon)
            or age_stated(part, reader.lexicon) is not None
        ):
            continue
        for question in builder.book.held_questions:
            choices = builder.offered(question)
            if choices[0].ages or question.name in found or question.file != first.file:
                continue
            sure = meant.sure >= SURE_TOPIC
            by_topic = next((c for c in choices if sure and meant.intent in c.means), None)
            choice = (
                named_choice(choices, said, reader.lexicon)
                or by_topic
                or contained_choice(choices, said, reader.lexicon)
            )
            if choice:
                found[question.name] = choice
                break
    return found


def answers_in_story(builder: TurnBuilder, reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return pairs of screening question and choice that a story answers before they are asked."""
    words = reading.cleaned.text.split()
    unclear = reading.intent in (None, Known.STOP_UNCLEAR)
    likely = reading.ranked[0][0] if unclear and reading.ranked else reading.intent
    asked = builder.question()
    if (
        len(words) < SHORTEST_STORY
        or likely not in builder.book.roles.tells_of_a_child
        or reading.danger is Danger.ALARM
        or mentions_two_children(reading.cleaned.text, builder.book.reader.lexicon)
        or has_entry(reading.cleaned.said, builder.book.reader.lexicon.another)
        or only_time_passed(reading.cleaned.said, builder.book.reader.lexicon)
        or (asked is not None and asked.reminder is not None and is_likely_answer(builder, asked, reading))
    ):
        return ()
    asks, book = is_question(reading.cleaned.text, builder.book.reader.lexicon), builder.book
    held = [
        each for each in book.held_questions if each.choices[0].ages or not (asks or book.binds(each.name))
    ]
    classifier = book.reader.classifier
    heads = [head for question in held if (head := f"answer.{question.name}") in classifier.heads]
    scores = {head: builder.scores(head, reading.cleaned.said) for head in heads}
    found = ((question.name, _choice_in_story(builder, question, reading, scores)) for question in held)
    named = {name: choice for name, choice in found if choice is not None}
    implied = (pair for choice in named.values() for pair in choice.gives if pair[0] not in named)
    return (*((name, choice.name) for name, choice in named.items()), *implied)


def _choice_in_story(
    builder: TurnBuilder, question: Question, reading: Reading, scores: Mapping[str, Scores]
) -> Choice | None:
    """Return the choice at a question that a story gives by age, wording, topic or a sure classifier."""
    reader, said = builder.book.reader, reading.cleaned.said
    choices = builder.offered(question)
    choices = tuple(choice for choice in choices if not choice.whole)
    if any(choice.ages for choice in choices):
        return choice_for_age(choices, age_stated(reading.cleaned.text, reader.lexicon))
    head = f"answer.{question.name}"
    if reading.sure >= SURE_TOPIC:
        meant = next((c for c in choices if reading.intent in c.means), None)
        certain = [choice for choice in choices if _says_what(choice, reader.lexicon.unsure)]
        if named := meant or named_choice(certain, said, reader.lexicon):
            return named  # the topic first: "i asked 3 times and they say hes fine"
    if head not in scores:
        return None
    name, sure = scores[head].best
    given = next((choice for choice in choices if choice.name == name), None)
    if given is None or sure < SURE_GIVEN or name == question.unsure:
        return None
    means, topics = given.means, reader.special_cases.topics
    chance = sum(p for intent, p in reading.ranked if not {intent, *topics.get(intent, ())}.isdisjoint(means))
    return given if not means or chance >= MEANT_TOO else None


@lru_cache(maxsize=1024)
def _says_what(choice: Choice, unsure: frozenset[str]) -> bool:
    """Return whether a choice says more than yes, no or not sure.

    "No se leer" is not "no sé", and "todavía no va a la escuela" is not "todavía no": neither was asked.
    """
    return choice.name not in YES_AND_NO and normalize(choice.text) not in unsure


def answers_for_another_child(builder: TurnBuilder) -> tuple[tuple[str, str], ...]:
    """Return the answers that the event's text gives about another child, when it turns the conversation to that child."""
    reader, first = builder.book.reader, builder.book.question(Role.SCREENING)
    story = about_another_child(builder.event.text, reader.lexicon)
    if not story:
        return ()
    reading = reader.read(story)
    aged = choice_for_age(builder.offered(first), age_in_years(story, reader.lexicon))
    given = {**dict(answers_in_story(builder, reading)), **stated_answers(builder, reading)}
    return tuple((given | ({first.name: aged.name} if aged else {})).items())


def remember_stated_answers(builder: TurnBuilder, reading: Reading) -> None:
    """Add the answers that a text states to the session's, except for the open question and those already answered."""
    session, facts = builder.session, stated_answers(builder, reading)
    new = {q: c for q, c in facts.items() if session.answer_to(q) is None and q != session.state}
    builder.session = replace(session, given=tuple({**dict(session.given), **new}.items()))


def stated_answer_to(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that a text states for the open question, or None: "adhd he has a 504"."""
    if reading.intent == Known.STOP_UNCLEAR:
        return None
    name = stated_answers(builder, reading).get(question.name)
    return next((choice for choice in question.choices if choice.name == name), None)


def say_back_facts(builder: TurnBuilder, facts: Mapping[str, str]) -> None:
    """Note facts that a text states for questions to come, to be said back now: "he has an iep"."""
    given = dict(builder.session.given)
    for name, choice in facts.items():
        if (
            given.get(name) == choice
            and choice not in YES_AND_NO
            and choice != builder.book.question(name).unsure
        ):
            builder.noted.append(text_id(builder.book.question(name), f"choice.{choice}"))


def confirm_noted_answers(builder: TurnBuilder) -> None:
    """Insert a short confirmation of the answers given before their questions."""
    if builder.noted:
        noted = Tell(
            text_id(builder.book.statement(Role.NOTED)), (("facts", " ".join(dict.fromkeys(builder.noted))),)
        )
        first = builder.replies[0] if builder.replies else None
        greets = isinstance(first, Tell) and (builder.start.state == "" or bool(first.language))
        other = text_id(builder.book.statement(Role.ANOTHER_CHILD))
        after = (
            at
            for at, reply in enumerate(builder.replies, 1)
            if isinstance(reply, Tell) and reply.text == other
        )
        at = next(after, 1 if greets else 0)
        builder.replies.insert(at, noted)
        builder.noted.clear()
