"""Findings about the rows that train the classifier of parents' texts: malformed or conflicting ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import normalize
from hotline.publishing.examples import ANSWERS, DANGER, TOPICS, Row, answers, dangers, topics
from hotline.publishing.lint.finding import Finding, Place, finding
from hotline.publishing.sources import Folder

EXAMPLES = "examples"
ANY_PLACE = "any_"
"""The prefix of places that stand for any question: any_yes_no, any_of_three."""


def findings(book: Book, folder: Folder) -> Iterator[Finding]:
    """Yield findings about the example rows in a folder of flows; nothing if it has none."""
    if not (folder / EXAMPLES).is_dir():
        return
    readers: dict[str, Callable[[Folder], list[Row]]] = {TOPICS: topics, DANGER: dangers, ANSWERS: answers}
    for file, read in readers.items():
        try:
            rows = read(folder / EXAMPLES)
        except (FlowError, OSError) as wrong:
            right = "write one row per line, its cells separated by tabs"
            yield finding(Place(f"{EXAMPLES}/{file}"), "%(wrong)s", right, wrong=wrong)
            continue
        yield from _pulling_two_ways(file, rows)
        yield from _unknown_names(book, file, rows)


def _pulling_two_ways(file: str, rows: list[Row]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row.place, normalize(row.text))
        earlier = seen.setdefault(key, row)
        if earlier.label != row.label:
            yield finding(
                Place(f"{EXAMPLES}/{file} {row.text!r}"),
                "is labeled %(earlier)r in one row and %(label)r in another",
                "keep the correct one",
                earlier=earlier.label,
                label=row.label,
            )


def _unknown_names(book: Book, file: str, rows: list[Row]) -> Iterator[Finding]:
    for row in rows:
        if file != ANSWERS or row.place.startswith(ANY_PLACE):
            continue
        question = book.states.get(row.place)
        if not isinstance(question, Question):
            yield finding(
                Place(f"{EXAMPLES}/{file} {row.text!r}"),
                "answers %(place)r, not a question",
                "name a question",
                place=row.place,
            )
        elif row.label != "-" and row.label not in {choice.name for choice in question.choices}:
            known = ", ".join(choice.name for choice in question.choices)
            yield finding(
                Place(f"{EXAMPLES}/{file} {row.text!r}"),
                "answers %(place)s with %(label)r, which is not one of its choices",
                "write one of %(known)s, or -",
                place=row.place,
                label=row.label,
                known=known,
            )
