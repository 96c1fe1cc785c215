"""The publishing gate: load the flows in a folder, walk all of them, and report all problems.

    dead_ends      dead ends, loops, unreachable states, words that are not understood
    ambiguity      choices that are ambiguous, or that mean STOP, START or HELP
    centers        parent centers with an invalid phone number
    budgets        segments and seconds of each text; `screenings`: of the whole path to an outcome
    legal_claims   law without a source or past its review date, promises, look-alike characters
    readability    the school grade of each text
    translations   missing, stale or unconfirmed translations, and placeholders that differ

A book that cannot be loaded at all (an unknown name, six choices) raises FlowError before any of this.
Exceptions in book.toml [check]: `names`, which the reading grade ignores, and `speaks_of_no_law`, states
that need no source.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, State, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import Channel, FlowError
from hotline.publishing.catalogs import FOLDER, read_catalogs
from hotline.publishing.letters import Letters, load_letters
from hotline.publishing.lint import ambiguity, budgets, centers, examples, legal_claims, screenings
from hotline.publishing.lint.finding import Finding, Place, finding, place
from hotline.publishing.lint.graph import walk_book
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.readability import HARDEST, grade
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.reviews import Review, of_letters, reviews, rows
from hotline.publishing.lint.walk_facts import WalkFacts
from hotline.publishing.loader import load_book
from hotline.publishing.pages import FILLED, load_pages
from hotline.publishing.printed_texts import PAGES
from hotline.publishing.sources import Folder, Sources, need_known_keys
from hotline.publishing.texts import BOOK_FILE, Text, all_texts, read_files
from hotline.publishing.translations import SAY, Stale, statuses, translated

SAMPLE_NAMES = {
    "hotline": "Parent Hotline",
    "person": "Example Parent Center, 510-555-0199",
    "letters": "https://hotline.example.org/letters",
}
"""Sample fill values for the checks; the service uses the operator's own names."""

WALKING = "walking every path that a parent can take: one to three minutes"
"""The step of `walked`, for a person who waits."""

Screenings = Mapping[str, tuple[screenings.Screening, ...]]
"""All screenings by language."""


@dataclass(frozen=True, slots=True)
class Report:
    """The gate's findings, all review dates, and statistics, which are meaningful only without findings."""

    findings: tuple[Finding, ...]
    figures: tuple[str, ...]
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The exceptions in book.toml [check]."""

    names: tuple[str, ...] = ()
    speaks_of_no_law: tuple[str, ...] = ()
    asks_yes_or_no: tuple[str, ...] = ()


def check(
    flows: Sources | Path,
    names: Mapping[str, str],
    today: date,
    walk: Walk | None = None,
    doing: Callable[[str], None] = lambda _: None,
) -> Report:
    """Return the findings for `flows`, filled with `names`, as of `today`.

    With date.min as `today`, no review is overdue. `walk` is a walk of these flows, if one was done already.
    `doing` gets each step before it begins. Raise FlowError if they cannot be loaded.
    """
    folder = Sources.of(flows)
    doing("reading the flows")
    book = remembering(load_book(folder, names))
    if walk is None:
        doing(WALKING)
        walk = walked(book)
    doing("playing every screening in each language")
    letters, found = load_letters(folder, names), all_screenings(book)
    doing("reading every text, letter and translation")
    return Report(
        checked(folder, book, letters, found, today, WalkFacts.of(book, walk)),
        tuple(_figures(book, letters, walk, found)),
        reviews(folder, book, letters),
    )


def walked(book: Book) -> Walk:
    """Return the walk of a book, which takes one to three minutes."""
    was_on = gc.isenabled()
    gc.disable()  # collecting takes a fifth of a walk's time and finds nothing
    try:
        return walk_book(book)
    finally:
        if was_on:
            gc.enable()


def all_screenings(book: Book) -> Screenings:
    """Return all screenings in each language."""
    return {language: screenings.screenings(book, language) for language in book.languages}


def checked(
    folder: Folder, book: Book, letters: Letters, found: Screenings, today: date, facts: WalkFacts
) -> tuple[Finding, ...]:
    """Return the findings for `book`, the flows in `folder`, with its letters and screenings.

    `facts` are of a walk of a book with the same structure. Raise FlowError if the pages cannot be loaded.
    """
    if (folder / PAGES).is_dir():
        load_pages(folder, dict.fromkeys(FILLED, "1"))  # for its FlowError
    findings = (
        *facts.findings(book),
        *_of_words(folder, book, book.states, today),
        *(f for language in found for f in screenings.over_budget(book, language, found[language])),
        *examples.findings(book, folder),
        *overdue_rows(folder, letters, today),
        *legal_claims.limits_of_requests(book),
        *legal_claims.printed_findings(folder),
        *translations(folder, tuple(all_texts(read_files(folder)))),
    )
    return tuple(dict.fromkeys(findings))


def refuse_unfit(flows: Sources | Path, names: Mapping[str, str]) -> None:
    """Run the checks of single texts, questions, letters and pages, which a running service can afford on each edit.

    Raise FlowError with the first finding and the number of others. An overdue review date or a stale
    translation does not block an edit.
    """
    folder = Sources.of(flows)
    book = remembering(load_book(folder, names))
    found = (
        *legal_claims.fits(folder, names),
        *ambiguity.findings(book, book.states.values()),
        *_of_words(folder, book, book.states, date.min),
    )
    if found:
        raise FlowError(str(found[0]) + (f" (and {len(found) - 1} more)" if found[1:] else ""))


def touched_findings(folder: Folder, book: Book, touched: Collection[str]) -> Iterator[Finding]:
    """Yield the findings about the texts and questions of these states, and about translations of their texts."""
    part = {name: state for name, state in book.states.items() if name in touched}
    yield from ambiguity.findings(book, part.values())
    yield from _of_words(folder, book, part, date.min)
    for each in translations(folder, tuple(all_texts(read_files(folder)))):
        if any(f".{name}." in each.where.text for name in touched):
            yield each


def _of_words(folder: Folder, book: Book, states: Mapping[str, State], today: date) -> Iterator[Finding]:
    """Yield the findings about single texts of these states, and of the languages themselves if these are all."""
    tables = read_files(folder)
    allowed = exceptions(tables[BOOK_FILE], book)
    english = tuple(all_texts(tables))
    languages = {book.languages[0]: english}
    languages |= {c.language: translated(english, c, Stale.EARLIER) for c in read_catalogs(folder)}
    if states is not book.states:
        languages = {code: tuple(_of_states(texts, states)) for code, texts in languages.items()}
    yield from budgets.findings(book, states.values())
    yield from legal_claims.law(book, today, allowed.speaks_of_no_law, states.values())
    yield from legal_claims.promises(book, languages)
    yield from legal_claims.look_alikes(book, languages)
    yield from hard_to_read(book, languages, allowed.names)
    yield from ambiguity.yes_or_no(book, states.values(), allowed.asks_yes_or_no)
    yield from centers.findings(folder)


def _of_states(texts: tuple[Text, ...], states: Mapping[str, State]) -> Iterator[Text]:
    return (text for text in texts if not text.id.startswith(f"{BOOK_FILE}.") and state_of(text.id) in states)


def overdue_rows(folder: Folder, letters: Letters, today: date) -> Iterator[Finding]:
    """Yield reference rows and letters whose review date is before today."""
    for each in (*rows(folder), *of_letters(letters)):
        yield from legal_claims.overdue(Place(each.where), each.by, each.source, today)


def exceptions(settings: Mapping[str, Any], book: Book) -> Exceptions:
    """Return the exceptions in book.toml [check]. Raise FlowError on an unknown key or state."""
    given = settings.get("check", {})
    need_known_keys("book.toml [check]", given, [each.name for each in fields(Exceptions)])
    found = Exceptions(**{key: tuple(names) for key, names in given.items()})
    if gone := [name for name in found.speaks_of_no_law if name not in book.states]:
        raise FlowError(f"book.toml [check] speaks_of_no_law: no state named {gone[0]!r}; remove it")
    return found


def hard_to_read(
    book: Book, languages: Mapping[str, tuple[Text, ...]], names: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield texts above the allowed reading grade, not counting `names`."""
    for language, texts in languages.items():
        for text in texts:
            if text.id.startswith(f"{BOOK_FILE}."):
                continue
            state = book.states[state_of(text.id)]
            if state.name in book.other_languages.values():
                continue  # in a language that cannot be graded
            explained = state.asked if isinstance(state, Statement) else ()
            found = grade(text.written, language, (*names, *explained))
            if found is not None and found > HARDEST:
                yield finding(
                    place(state, text.id.split(".", 2)[2], language),
                    "reads at grade %(grade)s",
                    "grade %(allowed)s is allowed: shorter sentences and words, or list a name of a law in "
                    "book.toml [check] names",
                    grade=f"{found:g}",
                    allowed=HARDEST,
                )


def translations(folder: Folder, english: tuple[Text, ...]) -> Iterator[Finding]:
    """Yield all problems of the catalogs of the flows in `folder`."""
    for catalog in read_catalogs(folder):
        for problem in statuses(english, catalog):
            written = f"{FOLDER}/{problem.language}.po {problem.id}"
            where = Place(written, problem.id.removesuffix(SAY), problem.language)
            yield finding(where, problem.kind.phrase, "%(hint)s", hint=problem.hint)


def _figures(book: Book, letters: Letters, walk: Walk, found: Screenings) -> Iterator[str]:
    states, first = book.states.values(), found[book.languages[0]]
    counted = {
        "states": len(states),
        "questions": sum(isinstance(state, Question) for state in states),
        "outcomes": len({s.outcome.id for s in states if isinstance(s, Statement) and s.outcome}),
        "reminders": len(book.reminders),
        "letters": len(letters.by_kind),
    }
    counts = ", ".join(f"{count} {name}" for name, count in counted.items())
    yield f"{counts}; languages: {', '.join(book.languages)}"
    yield (
        f"walked: {len(walk.places)} places on {' and '.join(Channel)}, {walk.steps} turns; "
        f"{len(first)} paths from greeting to outcome"
    )
    for language, ways_through in found.items():
        costliest = max(way.segments for way in ways_through)
        in_all = max(way.segments_in_all for way in ways_through)
        usual = screenings.usual(ways_through)
        yield (
            f"greeting to outcome by text ({language}): {costliest} segments at most, median {usual.segments}; "
            f"with the disclaimer and the offer to text, {in_all} at most, median {usual.segments_in_all}"
        )
    shares = ", ".join(f"{outcome} {share:.0%}" for outcome, share in screenings.shares(first))
    yield f"share of paths by outcome: {shares}"
