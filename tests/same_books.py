"""Books that the tests load again and again, and what takes longest to find in them: each process does it once.

A book is immutable and nothing but these decides it (`loader.read_book`), so one that differs in nothing need not be read
again. Half of the books that the tests load are those of this repository's flows, with the names of `make run`. Whether its
choices are understood depends on its structure alone, as the service has it (`WalkFacts.found`), and what is wrong with the
examples on these and on the questions that they answer.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, State
from hotline.conversation.nlu.classifier import MODEL_FILE
from hotline.publishing import loader
from hotline.publishing.lint import ambiguity, examples
from hotline.publishing.lint.finding import Finding
from hotline.publishing.lint.walk_facts import structure
from hotline.publishing.sources import Folder, Sources
from hotline.publishing.translations import Stale

READ = loader.read_book
AMBIGUOUS = ambiguity.findings
OF_EXAMPLES = examples.findings


@dataclass(frozen=True, slots=True)
class _Asked:
    """What decides a book, and how to read it."""

    decides: str
    read: Callable[[], Book] = field(compare=False)


def same_book(folder: Sources, names: Mapping[str, str], stale: Stale, plain: bool) -> Book:
    """As `loader.read_book`: the book that these gave before, if it is one of the last few."""
    found = hashlib.sha256(repr((sorted(names.items()), stale, plain)).encode())
    found.update(f"{folder.model.resolve()} {(folder.model / MODEL_FILE).stat().st_mtime_ns}".encode())
    for path, content in sorted(folder.of_book().files.items()):
        found.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return _book(_Asked(found.hexdigest(), lambda: READ(folder, names, stale, plain)))


@lru_cache(maxsize=16)
def _book(asked: _Asked) -> Book:
    return asked.read()


def same_ambiguous(book: Book, states: Iterable[State]) -> Iterator[Finding]:
    """As `ambiguity.findings`: what was found for all states of a book of the same structure."""
    part = tuple(states)
    if len(part) < len(book.states):
        return AMBIGUOUS(book, part)
    return iter(_found(_Sought(("choices", structure(book)), lambda: AMBIGUOUS(book, part))))


def same_of_examples(book: Book, folder: Folder) -> Iterator[Finding]:
    """As `examples.findings`: what was found in the same rows, for the same questions."""
    rows = tuple(file.read_bytes() for file in (folder / examples.EXAMPLES).glob("*.tsv"))
    questions = tuple(
        (name, tuple(choice.name for choice in state.choices))
        for name, state in book.states.items()
        if isinstance(state, Question)
    )
    return iter(_found(_Sought(("examples", rows, questions), lambda: OF_EXAMPLES(book, folder))))


@dataclass(frozen=True, slots=True)
class _Sought:
    """What decides some findings, and how to make them."""

    decides: Hashable
    find: Callable[[], Iterator[Finding]] = field(compare=False)


@lru_cache(maxsize=16)
def _found(sought: _Sought) -> tuple[Finding, ...]:
    return tuple(sought.find())
