"""Every possible screening by text, from the greeting to the outcome, and its cost.

A screening ends with the turn after which none of its questions is pending: the one that asks for consent to
texts, or what else the hotline can do. Only what is said up to the outcome counts toward the cost of the
outcome, and what is said up to the last text of the letter toward that of the letter; the disclaimer, a person
to contact and the offer to text follow. No answer is repeated, misspelled or interrupted: that would cost more,
and is avoidable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from hotline.channels import sms
from hotline.conversation.book.actions import consents
from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.states import Question, Role, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Event, EventKind, Reply, Tell
from hotline.conversation.model.segments import count
from hotline.conversation.model.session import Session
from hotline.publishing.lint.finding import Finding, Place, finding
from hotline.publishing.lint.graph import MOMENT
from hotline.publishing.lint.graph_places import SAMPLES

MOST_SEGMENTS_FIRST, MOST_SEGMENTS_TRANSLATED = 12, 20
"""Segments allowed up to the outcome: in the first language, and in the others, where accents cost more."""

LETTER_FIRST, LETTER_TRANSLATED = 17, 27
"""Segments allowed up to the end of the letter that comes with the outcome."""

LONGEST = 40
"""Answers after which a screening counts as endless. `step` stores this many."""

FIRST_WORDS = "hi"


@dataclass(frozen=True, slots=True)
class Screening:
    """One path: its answers and outcomes, and its segments up to the outcome, up to the letter, and in all."""

    answers: tuple[str, ...]
    outcomes: tuple[str, ...]
    segments: int
    segments_to_letter: int
    segments_in_all: int


def screenings(book: Book, language: str) -> tuple[Screening, ...]:
    """Return all screenings in this language, each answered by number."""
    ends = _ends(book)

    @cache
    def cost(replies: tuple[Reply, ...]) -> int:
        return sum(map(count, sms.bodies(book, language, replies)))

    def go(session: Session, words: str, answers: tuple[str, ...], spent: int) -> Iterator[Screening]:
        turn = step(book, session, Event("check", MOMENT, Channel.SMS, EventKind.SAID, words))
        session, before, spent = turn.session, spent, spent + cost(turn.replies)
        question = book.states.get(session.state)
        if session.state == Role.MENU:
            yield from go(session, str(_screening_choice(book)), answers, spent)
        elif not isinstance(question, Question) or question.name in ends or len(answers) >= LONGEST:
            yield Screening(
                answers,
                _outcomes(book, session),
                before + cost(_up_to(turn.replies, lambda stated: bool(stated.outcome), book)),
                before + cost(_up_to(turn.replies, lambda stated: stated.delivery.dictated, book)),
                spent,
            )
        else:
            for number, choice in enumerate(question.choices, 1):
                yield from go(session, str(number), (*answers, choice.name), spent)
            for sample in SAMPLES[question.takes][:1]:
                yield from go(session, sample, (*answers, sample), spent)

    return tuple(go(Session(language=language), FIRST_WORDS, (), 0))


def over_budget(book: Book, language: str, found: Iterable[Screening]) -> Iterator[Finding]:
    """Yield a finding if the most expensive screening is over budget."""
    first = language == book.languages[0]
    budgets: tuple[tuple[str, int, Callable[[Screening], int]], ...] = (
        ("", MOST_SEGMENTS_FIRST if first else MOST_SEGMENTS_TRANSLATED, lambda one: one.segments),
        (" to its letter", LETTER_FIRST if first else LETTER_TRANSLATED, lambda one: one.segments_to_letter),
    )
    for to, allowed, segments in budgets:
        costliest = max(found, key=segments)
        if segments(costliest) > allowed:
            yield finding(
                Place(f"a screening by text ({language})", language=language),
                "costs %(segments)s segments%(to)s, answered with %(answers)s",
                "%(allowed)s are allowed: shorten the texts on this path",
                segments=segments(costliest),
                to=to,
                answers=", ".join(costliest.answers),
                allowed=allowed,
            )


def usual(found: Iterable[Screening]) -> Screening:
    """Return the screening of median cost."""
    by_cost = sorted(found, key=lambda screening: screening.segments)
    return by_cost[len(by_cost) // 2]


def shares(found: tuple[Screening, ...]) -> list[tuple[str, float]]:
    """Return each outcome with the share of screenings that state it, largest first.

    A screening may state several outcomes.
    """
    stated = Counter(outcome for screening in found for outcome in set(screening.outcomes))
    return [(outcome, times / len(found)) for outcome, times in stated.most_common()]


def _ends(book: Book) -> frozenset[str]:
    stated = [s for s in book.states.values() if isinstance(s, Statement)]
    asked = {each.question for s in stated for each in consents(s.does)}
    return frozenset({*asked, Role.ANYTHING_ELSE, *_after_outcomes(book)})


def _after_outcomes(book: Book) -> Iterator[str]:
    """Yield the questions that come first once an outcome and its letter are over."""
    waiting, passed = [*book.continuations], set[str]()
    while waiting:
        name = waiting.pop()
        state = book.states.get(name)
        if isinstance(state, Question):
            yield name
        elif state is not None and name not in passed:
            passed.add(name)
            waiting += [edge.to for edge in edges(state) if edge.by is not By.WHY and edge.leads_to_state]


def _up_to(replies: tuple[Reply, ...], counts: Callable[[Statement], bool], book: Book) -> tuple[Reply, ...]:
    """Return the replies up to the last one whose statement counts, or the first one if none does."""
    stated = ((n, reply) for n, reply in enumerate(replies, 1) if isinstance(reply, Tell))
    counted = (n for n, reply in stated if counts(book.statement(state_of(reply.text))))
    return replies[: max(counted, default=1)]


def _screening_choice(book: Book) -> int:
    """Return the number of the menu's choice that starts a screening, or 1."""
    choices = book.question(Role.MENU).choices
    return next((n for n, c in enumerate(choices, 1) if Role.SCREENING in book.after_fork(c.go)), 1)


def _outcomes(book: Book, session: Session) -> tuple[str, ...]:
    return tuple(
        state.outcome.id
        for name in session.outcomes
        if isinstance(state := book.states.get(name), Statement) and state.outcome
    )
