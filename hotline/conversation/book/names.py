"""Checks that every name in a book resolves: states, choices, reminders, intents, and values of conditions.

A wrong one is reported with its file, its state and the closest valid name.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping

from hotline.conversation.book.actions import named_in
from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.states import Fork, Place, Question, Role, State, Statement
from hotline.conversation.model.events import FlowError, LineType, Nudge, Texting

REMINDED = "reminded"
"""The fork condition for the name of the last question that a reminder asked."""

RESERVED_CONDITIONS = {
    "texting": tuple(Texting),
    "caller": ("known", "hidden"),
    "channel": ("sms", "voice"),
    "line": tuple(LineType),
    "nudge": tuple(Nudge),
    "staff": ("open", "closed"),
    "requests": ("seen", "unseen"),
    "outcome": ("known", "none"),
    REMINDED: (),
}
"""Fork conditions other than remembered answers, with the values each may be compared to."""


def check_names(
    states: Mapping[str, State],
    topics: Mapping[str, str],
    intents: Collection[str],
    tables: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise FlowError at the first name in the book that does not resolve.

    `tables` are those of book.toml that name states, besides its topics.
    """
    for role in Role:
        if role not in states:
            raise FlowError(
                f"no file has the state [{role}]; the engine leads to it, so write it in hotline.toml"
            )
    named = (
        (f"book.toml [{table}] {key}", "state", name, states)
        for table, entries in tables.items()
        for key, name in entries.items()
    )
    for where, kind, name, known in (*_names(states, topics), *_meant(states, intents), *named):
        if name not in known:
            raise FlowError(f"{where}: {unknown(kind, name, known)}")
    for state in states.values():
        if isinstance(state, Fork) and (not state.cases or state.cases[-1].conditions):
            raise FlowError(
                f"{state.file}.toml [{state.name}]: the last case needs no if, so that all others get somewhere"
            )


Name = tuple[str, str, str, Collection[str]]
"""A name used in the book: where it is used, what kind it is, the name, and the valid names."""


def _names(states: Mapping[str, State], topics: Mapping[str, str]) -> Iterator[Name]:
    """Yield each name used in the book."""
    places = frozenset(states) | frozenset(Place)
    questions = {state.name: state for state in states.values() if isinstance(state, Question)}
    reminders = [s.name for s in states.values() if not isinstance(s, Fork) and s.reminder is not None]
    for state in states.values():
        where = f"{state.file}.toml [{state.name}]"
        for edge in edges(state):
            yield where + (f" choice {edge.label}" if edge.by is By.CHOICE else ""), "state", edge.to, places
        yield from ((where, "state", name, states) for name in _reminded_by(state))
        yield from _read_as(where, state, questions) if isinstance(state, Question) else ()
        if isinstance(state, Statement) and state.wants:
            yield where, "state", state.wants, states
        for kind, name in named_in(state.does) if isinstance(state, Statement) else ():
            yield where, kind, name, questions if kind == "question" else reminders
        if isinstance(state, Fork):
            yield from (_condition(where, c, questions) for case in state.cases for c in case.conditions)
    for intent, name in topics.items():
        yield f"book.toml [topics] {intent}", "state", name, states


def _read_as(where: str, question: Question, questions: Mapping[str, Question]) -> Iterator[Name]:
    """Yield the questions by which answers to this one are read, and each choice that they can find."""
    others = (question.answered_like, question.coming, question.over)
    yield from ((where, "question", name, questions) for name in others if name)
    if question.to_come:
        yield f"{where} to_come", "choice", question.to_come, {choice.name for choice in question.choices}
    if other := questions.get(question.answered_like):
        own = {choice.name for choice in question.choices}
        yield from ((f"{where} answered_like", "choice", choice.name, own) for choice in other.choices)


def _meant(states: Mapping[str, State], intents: Collection[str]) -> Iterator[Name]:
    """Yield each intent that a choice stands for."""
    for state in states.values():
        for choice in state.choices if isinstance(state, Question) else ():
            where = f"{state.file}.toml [{state.name}] choice {choice.name}"
            yield from ((where, "intent", intent, intents) for intent in choice.means)


def _condition(where: str, condition: tuple[str, str], questions: Mapping[str, Question]) -> Name:
    question, answer = condition
    if question == REMINDED:
        return where, "reminder that asks", answer, {name: q for name, q in questions.items() if q.reminder}
    if question in RESERVED_CONDITIONS:
        return where, "value", answer, RESERVED_CONDITIONS[question]
    remembered = {name: q for name, q in questions.items() if q.holds or q.takes}
    if question not in remembered:
        return where, "question that is held", question, remembered
    values = ("known", "unknown") if questions[question].takes else ()
    return where, "choice", answer, {*values, *(choice.name for choice in questions[question].choices)}


def _reminded_by(state: State) -> tuple[str, ...]:
    if isinstance(state, Fork) or state.reminder is None:
        return ()
    counted = (state.reminder.counts_from, state.reminder.counts_from_request)
    return (*state.reminder.starts_on, *state.reminder.cancelled_by, *filter(None, counted))


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """Return the message for a name that does not exist, with the closest name that does."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"no {kind} named {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
