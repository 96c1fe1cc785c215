"""Findings about paths: unreachable states, dead ends, and loops without an exit.

Rule 1: only an answer counts as an exit. MENU and HELP work everywhere, but a parent may not know that.
Rule 2: a path has arrived when it states an outcome, reaches a person, or asks what the parent needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, Role, State, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.commands import ACTS, WORDS
from hotline.conversation.model.events import (
    Ask,
    Channel,
    HangUp,
    Reply,
    TakeMessage,
    Tell,
    Texting,
    Transfer,
)
from hotline.conversation.nlu.roles import Known
from hotline.publishing.lint.finding import Finding, Place, finding, place
from hotline.publishing.lint.graph_memory import next_states
from hotline.publishing.lint.graph_places import Walk, Where, messages

CAPITALS = re.compile(r"\b[A-Z]{4,}\b")
"""Matches words in capitals, which a parent may reply with."""
PHONE_OR_PERSON = re.compile(r"\d{3}-\d{4}|\b988\b")


T = TypeVar("T", bound=Hashable)


def arrivals(book: Book) -> frozenset[str]:
    """Return the states that count as arriving: those that ask what the parent needs, or lead to a person."""
    return frozenset({Role.BEGIN, Role.MENU, Role.ANYTHING_ELSE, *book.after_fork(Role.PERSON)})


def findings(book: Book, walk: Walk) -> Iterator[Finding]:
    """Yield all problems with the paths through the book."""
    yield from of_structure(book, walk)
    yield from of_words(book, ends_of_turns(walk))


def of_structure(book: Book, walk: Walk) -> Iterator[Finding]:
    """Yield the problems that depend only on the structure, not on texts."""
    yield from _unreached(book, walk)
    yield from _circles_of_statements(book)
    yield from _no_way_out(book, walk)


def of_words(book: Book, last: Collection[str]) -> Iterator[Finding]:
    """Yield the problems with the next steps that texts name; `last` are the states at which turns end."""
    yield from _lacking_a_next_step(book, last)
    yield from _unsayable(book)


def _unreached(book: Book, walk: Walk) -> Iterator[Finding]:
    reached = _reached(book, walk)
    for name, state in book.states.items():
        if name not in reached:
            yield Finding(
                place(state),
                "this state is unreachable",
                "lead to it with a go, a topic in book.toml or starts_on, or remove it",
            )


def _reached(book: Book, walk: Walk) -> set[str]:
    """Return the states that the walk visited, those that the engine itself leads to, and forks between them."""
    reached = walk.met & set(book.states)
    edge = [role.value for role in Role if role not in reached]
    for name in reached:
        edge += [way for way in next_states(book.states[name]) if isinstance(book.states[way], Fork)]
    edge += [n for n in book.topics.values() if isinstance(book.states[n], Fork)]
    edge += [way for state in book.states.values() if state.name in reached for way in _reasons(book, state)]
    edge += (*book.safety.values(), *book.speakers.values(), *book.other_languages.values())
    while edge:
        name = edge.pop()
        if name in reached:
            continue
        reached.add(name)
        ways = next_states(book.states[name])
        is_fork = isinstance(book.states[name], Fork)
        edge += [way for way in ways if not is_fork or isinstance(book.states[way], Fork)]
    return reached


def _reasons(book: Book, state: State) -> frozenset[str]:
    """Return the states that WHY may lead to after an outcome."""
    why = state.outcome.why if isinstance(state, Statement) and state.outcome else ""
    return book.after_fork(why) | {why} if why else frozenset()


def _circles_of_statements(book: Book) -> Iterator[Finding]:
    """Yield loops of statements and forks without a question: a turn that never ends."""
    listed = {n: s for n, s in book.states.items() if not isinstance(s, Question)}
    for name, state in listed.items():
        after = _closure(name, {n: [w for w in next_states(s) if w in listed] for n, s in listed.items()})
        if name in after and name == min(n for n in after if n in listed):
            yield finding(
                place(state),
                "leads back to itself through %(states)s and asks nothing on the way",
                'set the go of one of them to a question or "return"',
                states=_listed(after),
            )


def ends_of_turns(walk: Walk) -> frozenset[str]:
    """Return the states whose text is the last of a turn by text that asks nothing."""
    return frozenset(
        state_of(replies[-1].text)
        for (line, replies), _ in walk.turns.items()
        if line.channel is Channel.SMS
        and replies
        and isinstance(replies[-1], Tell)
        and not any(isinstance(reply, Ask) for reply in replies)
    )


def _lacking_a_next_step(book: Book, last: Collection[str]) -> Iterator[Finding]:
    """Yield turns that end without a question and whose last text names no next step."""
    language = book.languages[0]
    for name in sorted(last):
        state = book.states[name]
        written = book.texts[language][f"{state.file}.{name}.text"][0]
        if not names_an_option(book, written):
            yield Finding(
                place(state),
                "ends the turn, and its text names no next step",
                'name a word to reply with, such as "Reply MENU", or set go to a question or "return"',
            )


def names_an_option(book: Book, written: str) -> bool:
    """Check whether a text names a reply that leads somewhere, or a person to call."""
    return any(commands_in(book, written)) or bool(PHONE_OR_PERSON.search(written))


def commands_in(book: Book, written: str) -> Iterator[str]:
    """Yield the words in capitals that lead somewhere, such as MENU; STOP does not."""
    known = (set(WORDS) | set(ACTS) | set(book.roles.languages) | set(book.topics)) - {Known.STOP}
    return (word for word in CAPITALS.findall(written) if book.reader.of(word) in known)


def _no_way_out(book: Book, walk: Walk) -> Iterator[Finding]:
    """Yield one finding for each set of places that lead only to one another."""
    stuck = _stuck(book, walk)
    ways = {where: [after for _, after in walk.ways[where] if after in stuck] for where in stuck}
    listed: set[frozenset[str]] = set()
    while ways:
        start = min(ways, key=_sort_key)
        inner = _closure(start, ways) | {start}
        while outer := next(
            (w for w in sorted(inner, key=_sort_key) if start not in _closure(w, ways)), None
        ):
            if _closure(outer, ways) | {outer} == inner:
                break
            start, inner = outer, _closure(outer, ways) | {outer}
        names = frozenset(where.state for where in inner)
        if names not in listed:
            listed.add(names)
            yield _dead_end(book, min(inner, key=_sort_key), names)
        ways = {w: on for w, on in ways.items() if not inner & (_closure(w, ways) | {w})}


def _sort_key(where: Where) -> tuple[str, str]:
    return where.state, where.paused


def _dead_end(book: Book, where: Where, names: frozenset[str]) -> Finding:
    if len(names) == 1:
        what = "is a dead end: no answer leads away from it"
    else:
        what = "is a loop without an exit: %(states)s"
    if where.paused:
        what += " (with %(paused)s paused)"
    return finding(
        place(book.states[min(names)]),
        what,
        'let a choice lead to "return", a menu, a person or an outcome',
        states=_listed(names),
        paused=where.paused,
    )


def _stuck(book: Book, walk: Walk) -> set[Where]:
    """Return the places at a question from which no answers ever arrive (Rule 2)."""
    before: dict[Where, list[Where]] = {}
    free: list[Where] = []
    good = arrivals(book)
    for where, ways in walk.ways.items():
        asks = isinstance(book.states.get(where.state), Question) and where.state not in good
        leads = any(_arrives(book, good, reply) for replies, _ in ways for reply in replies)
        if leads or not asks or where.texting is Texting.STOPPED:
            free.append(where)
        for _, after in ways:
            before.setdefault(after, []).append(where)
    reached = set(free)
    while free:
        for where in before.get(free.pop(), ()):
            if where not in reached:
                reached.add(where)
                free.append(where)
    return set(walk.ways) - reached


def _arrives(book: Book, good: frozenset[str], reply: Reply) -> bool:
    match reply:
        case HangUp() | Transfer() | TakeMessage():
            return True
        case Ask(state=name):
            return name in good
        case Tell(text=text):
            name, state = state_of(text), book.states.get(state_of(text))
            return name in good or (isinstance(state, Statement) and bool(state.outcome))


def _unsayable(book: Book) -> Iterator[Finding]:
    sayable = messages(book)
    for intent, name in book.topics.items():
        if intent not in sayable:
            yield finding(
                Place(f"book.toml [topics] {intent}"),
                "no one can ask for %(state)r: no message is understood as %(intent)r",
                "add a [%(intent)s] to patterns.toml that no table above it preempts, or remove the line",
                state=name,
                intent=intent,
            )
    for text, written in book.texts[book.languages[0]].items():
        for word in re.findall(r"[Rr]eply ([A-Z]{2,})", written[0]):
            if not text.startswith("book.") and book.reader.of(word) is None:
                yield finding(
                    place(book.states[state_of(text)]),
                    "asks to reply %(word)s, which is not understood",
                    "add %(pattern)s to patterns.toml, or use a word that it has",
                    word=word,
                    pattern=word.lower(),
                )


def _closure(name: T, ways: Mapping[T, Sequence[T]]) -> set[T]:
    """Return everything reachable from `name`; `name` itself only if it is on a cycle."""
    found: set[T] = set()
    edge = list(ways.get(name, ()))
    while edge:
        way = edge.pop()
        if way not in found:
            found.add(way)
            edge += ways.get(way, ())
    return found


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names))
