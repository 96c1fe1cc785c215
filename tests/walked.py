"""Walks of this repository's flows, and the facts of them: the whole one, one to three minutes of work that many tests share, made once and stored until something
it goes by changes; and a short one, for tests of what is done with a walk.
"""

import fcntl
import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel
from hotline.publishing.lint.graph import walk_book
from hotline.publishing.lint.graph_places import Line, Walk
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.walk_facts import WalkFacts

ROOT = Path(__file__).parent.parent
DECIDES = (
    ("flows", "*.toml"),
    ("flows", "*.po"),
    ("flows", "*.npz"),
    ("hotline/conversation", "*.py"),
    ("hotline/publishing", "*.py"),
)
"""The files that a walk goes by: folder and pattern."""


HIDDEN = Line(Channel.VOICE, "en", reachable=False, staffed=False)
"""A caller who withholds the number: the shortest walk there is."""

SHORT = (HIDDEN, Line(Channel.SMS, "en", requests_seen=False))
"""Lines on which only answers are tried: a twentieth of the places."""


def walked_shortly(book: Book) -> Walk:
    """Return a walk of these lines alone."""
    return walk_book(remembering(book), SHORT)


def walked(book: Book, folder: Path) -> Walk:
    """Return the walk of `book`, which must be this repository's flows, from `folder` if it was stored there."""
    return _stored(folder, "whole", lambda: walk_book(remembering(book)))


def stored_short_facts(book: Book, folder: Path) -> WalkFacts:
    """Return the facts of `walked_shortly` of this repository's flows, from `folder` if they were stored there."""
    return _stored(folder, "facts", lambda: WalkFacts.of(book, walked_shortly(book)))


T = TypeVar("T")


def _stored(folder: Path, name: str, made: Callable[[], T]) -> T:
    """Return what was stored by this name; make and store it if nothing was.

    Another process that asks meanwhile waits for it. What was made of other files is removed.
    """
    file = folder / f"{name}-{_digest()}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            for old in folder.glob(f"{name}-*.pickle"):
                old.unlink()
            file.write_bytes(pickle.dumps(made()))
        read: T = pickle.loads(file.read_bytes())  # noqa: S301 - written by this file alone
        return read


def _digest() -> str:
    found = hashlib.sha256()
    for folder, pattern in DECIDES:
        for file in sorted((ROOT / folder).rglob(pattern)):
            found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return found.hexdigest()[:32]
