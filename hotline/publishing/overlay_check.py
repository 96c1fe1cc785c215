"""Check an overlay before it is published: with the checks of the flows, and with those for overlays alone.

Rule 1: `misfilled` checks what must be right before the flows can be loaded, and `check_touched` only the texts and
        questions that an overlay touches, while a form is being filled in. `check_all` adds everything that
        `hotline check` finds.
Rule 2: a change is blocked only by the findings that it adds (`added_findings`). Those from before it, such as a stale
        translation in a center's own FLOWS_DIR, do not block it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import date, timedelta
from typing import Any, Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.reader import DURATION, EARLIEST, LATEST, SOONEST
from hotline.conversation.book.states import Statement
from hotline.conversation.book.texts import FILLED, PLACEHOLDER
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.reader import Danger
from hotline.publishing.letters import load_letters
from hotline.publishing.lint import legal_claims
from hotline.publishing.lint.check import SAMPLE_NAMES, all_screenings, checked, touched_findings
from hotline.publishing.lint.finding import Finding, Place, finding
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.walk_facts import WalkFacts
from hotline.publishing.loader import load_book
from hotline.publishing.overlay import Overlay, OwnFaq
from hotline.publishing.overlay_folder import overlaid, read_tables
from hotline.publishing.overlay_merge import FlowTables, states_of_law, upstream_wordings
from hotline.publishing.overlay_topics import state_name
from hotline.publishing.pages import FILLED as FILLED_ON_PAGES
from hotline.publishing.printed_texts import PAGES, is_printed, is_reviewed
from hotline.publishing.sources import Sources

Facts = Callable[[Book], WalkFacts]

NUMBERS: Final = re.compile(r"(?<!\d)(?:911|988|\d{3}-\d{4})(?!\d)")
"""Matches the phone numbers in a text, which no edit may remove from it."""

NAMES: Final = frozenset({*SAMPLE_NAMES, *FILLED})
"""The placeholders that any text may have; a text that is filled for each state has more."""

PAGE_NAMES: Final = frozenset(FILLED_ON_PAGES)

MINUTE: Final = timedelta(minutes=1)
BEFORE_A_DAY: Final = "is sent %(after)s after a day, which must be between -60 days (before it) and 365 days"
FROM_AN_HOUR: Final = 'is sent after %(after)s, which must be between 1 hour and 365 days, or "at once"'
FROM_A_MINUTE: Final = 'is sent after %(after)s, which must be between 1 minute and 365 days, or "at once"'
"""What is wrong with the delay of a reminder."""

SHORTEST_WORD: Final = 5
"""Minimum letters of a single word that asks for a topic anywhere in a text: shorter words are too ambiguous."""

FEWEST_EXAMPLES: Final = 3
"""Minimum examples in each language for a topic that can be asked for by text, unless it has `words`."""


def misfilled(upstream: FlowTables, overlay: Overlay) -> Iterator[Finding]:
    """Yield the placeholders and delays of an overlay that the flows cannot be loaded with."""
    words = upstream_wordings(upstream)
    own: dict[str, set[str]] = {}
    for (_, id), was in words.items():
        own.setdefault(id, set()).update(PLACEHOLDER.findall(f"{was.written} {was.spoken}"))
    for (language, id), text in overlay.texts.items():
        named = PAGE_NAMES if id.startswith(f"{PAGES}.") else NAMES
        where = Place(f"{id} ({language})", id, language)
        yield from _unfilled(where, f"{text.now.written} {text.now.spoken}", named | own.get(id, set()))
    for name, faq in overlay.faqs.items():
        for language, said in faq.languages.items():
            where = Place(f"[faqs.{name}] ({language})", "", language)
            yield from _unfilled(where, f"{said.label} {said.text} {said.say}", NAMES)
    for name, day in overlay.reminders.items():
        yield from _delay(upstream, name, day.after)


def _unfilled(where: Place, said: str, known: Set[str]) -> Iterator[Finding]:
    if {"{", "}"} & set(PLACEHOLDER.sub("", said)):
        yield Finding(where, "has a curly brace without its other", "write both, such as {hotline}")
    listed = ", ".join(f"{{{each}}}" for each in sorted(known - {*FILLED}))
    for name in dict.fromkeys(PLACEHOLDER.findall(said)):
        if name not in known:
            what = "has {%(name)s}, which nothing is called"
            yield finding(where, what, "known are %(known)s", name=name, known=listed)


def _delay(upstream: FlowTables, name: str, after: str) -> Iterator[Finding]:
    """Yield why the delay of a reminder cannot be read, as `book.reader` does."""
    file = next((file for file, table in upstream.tables.items() if name in table), "")
    entry: Mapping[str, Any] = upstream.tables[file][name] if file else {}
    where, found = Place(f"[reminders.{name}]", f"{file}.{name}.text"), DURATION.match(after)
    if found:
        soonest = EARLIEST if "counts_from" in entry else SOONEST if "starts_on" in entry else MINUTE
        delay = timedelta(**{f"{found[2]}s": int(found[1])})
        right = {EARLIEST: BEFORE_A_DAY, SOONEST: FROM_AN_HOUR, MINUTE: FROM_A_MINUTE}[soonest]
        if not soonest <= delay <= LATEST:
            yield finding(where, right, "change it", after=after)
    elif after != "at once":
        yield finding(where, "is sent %(after)r", 'write "at once", "2 hours" or "10 days"', after=after)


def check_touched(flows: Sources, book: Book, upstream: FlowTables, overlay: Overlay) -> tuple[Finding, ...]:
    """Return the findings about the states that the overlay touches. `flows` and their `book` have it applied."""
    touched = touched_states(book, overlay)
    found = [*overlay_findings(book, upstream, overlay), *touched_findings(flows, remembering(book), touched)]
    if ids := {id for _, id in overlay.texts if is_printed(id)}:
        found += (*legal_claims.fits(flows, SAMPLE_NAMES), *legal_claims.printed_findings(flows, ids))
    return tuple(dict.fromkeys(found))


def check_all(flows: Sources, upstream: FlowTables, overlay: Overlay, facts: Facts) -> tuple[Finding, ...]:
    """Return all findings for `flows`, which have the overlay applied. Raise FlowError.

    `facts` returns the facts of a walk of a book.
    """
    book = remembering(load_book(flows, SAMPLE_NAMES))
    found = (
        *overlay_findings(book, upstream, overlay),
        *checked(flows, book, load_letters(flows, SAMPLE_NAMES), all_screenings(book), date.min, facts(book)),
    )
    return tuple(dict.fromkeys(found))


def added_findings(flows: Sources, before: Overlay, after: Overlay, facts: Facts) -> tuple[Finding, ...]:
    """Return the findings for the flows with `after` that they do not have with `before` (Rule 2). Raise FlowError."""
    upstream = read_tables(flows)
    found = check_all(overlaid(flows, after).sources, upstream, after, facts)
    if not found:
        return ()
    try:
        had = frozenset(check_all(overlaid(flows, before).sources, upstream, before, facts))
    except FlowError:
        return found
    return tuple(each for each in found if each not in had)


def touched_states(book: Book, overlay: Overlay) -> frozenset[str]:
    """Return the states whose texts or choices the overlay changes, with the pages of its menus."""
    found = {id.split(".")[1] for _, id in overlay.texts if id.count(".") > 1 and not is_printed(id)}
    found |= set(overlay.reminders) | set(overlay.reviews) | {state_name(name) for name in overlay.faqs}
    if overlay.centers:
        found |= {
            s.name
            for s in book.states.values()
            if isinstance(s, Statement) and s.variants.by_state == "centers"
        }
    for faq in overlay.faqs.values():
        found |= {
            name for name in book.states if faq.menu and re.fullmatch(rf"{re.escape(faq.menu)}(_\d+)?", name)
        }
    return frozenset(found & set(book.states))


def overlay_findings(book: Book, upstream: FlowTables, overlay: Overlay) -> Iterator[Finding]:
    """Yield the findings that only an overlay can have."""
    yield from _lost_numbers(upstream, overlay)
    for name, review in overlay.reviews.items():
        if review.review_by <= review.reviewed:
            where = Place(f"[reviews.{name}]")
            yield Finding(where, "review_by is not after reviewed", "set a later review_by")
    for name, faq in overlay.faqs.items():
        yield from _topic(book, f"[faqs.{name}]", state_name(name), faq)


def _lost_numbers(upstream: FlowTables, overlay: Overlay) -> Iterator[Finding]:
    """Yield texts about danger and law that no longer give a number to call."""
    now, protected = upstream_wordings(upstream), states_of_law(upstream.tables)
    for (language, id), own in overlay.texts.items():
        before = now.get((language, id))
        if before is None or not (is_reviewed(id) if is_printed(id) else id.split(".")[1] in protected):
            continue
        for was, said in (
            (before.written, own.now.written),
            (before.spoken, own.now.spoken or own.now.written),
        ):
            lost = sorted(set(NUMBERS.findall(was)) - set(NUMBERS.findall(said)))
            if lost:
                yield finding(
                    Place(f"{id} ({language})", id, language),
                    "no longer gives %(numbers)s",
                    "keep the number in the text",
                    numbers=", ".join(lost),
                )


def _topic(book: Book, where: str, state: str, faq: OwnFaq) -> Iterator[Finding]:
    for language in book.languages:
        said = faq.languages.get(language)
        if said is None:
            right = f"add {where[:-1]}.{language}]"
            yield finding(Place(where, "", language), "has no text in %(code)s", right, code=language)
        elif not said.words and len(said.examples) < FEWEST_EXAMPLES and (said.examples or not faq.menu):
            yield finding(
                Place(f"{where} ({language})", "", language),
                "has %(count)s examples",
                "write at least %(fewest)s as parents would text it, or words that ask for it",
                count=len(said.examples),
                fewest=FEWEST_EXAMPLES,
            )
    yield from _misread(book, where, state, faq)
    dates = (faq.reviewed, faq.review_by)
    if bool(faq.source) != all(dates) or any(dates) != all(dates):
        yield Finding(
            Place(where), "has a source without its dates, or dates without a source", "set all three or none"
        )


def _misread(book: Book, where: str, state: str, faq: OwnFaq) -> Iterator[Finding]:
    for language, said in faq.languages.items():
        for example in (*said.examples, *said.words):
            reading = book.reader.read(example)
            if reading.danger in (Danger.ASK, Danger.ALARM):
                what = "is read as danger, which takes precedence"
                yield finding(_said(where, language, example), what, "use other words", example=example)
            elif reading.intent != state:
                yield finding(
                    _said(where, language, example),
                    "is read as %(intent)r" if reading.intent else "is read as 'nothing'",
                    "use other words",
                    intent=reading.intent or "",
                    example=example,
                )
        for word in said.words:
            if " " not in normalize(word) and len(normalize(word)) < SHORTEST_WORD:
                yield finding(
                    _said(where, language, word),
                    "is too short to ask for the topic anywhere in a text",
                    "use %(shortest)s letters or more, or two words",
                    shortest=SHORTEST_WORD,
                    example=word,
                )


def _said(where: str, language: str, words: str) -> Place:
    """Return the place of one example or word of a topic."""
    return Place(f"{where} ({language}) {words!r}", "", language)
