"""Show what an edit of the flows changed, before it is published: texts, cost, states, paths.

Rule 1: this only shows; `hotline check` finds problems. A person reads the preview.
Rule 2: only changes are shown.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.states import State
from hotline.conversation.model.events import Channel, FlowError
from hotline.conversation.model.segments import count
from hotline.conversation.model.session import Session
from hotline.publishing.lint.paths import outcomes, shortest
from hotline.publishing.lint.transcript import Playing

GIT_SECONDS = 30
"""The timeout for git, which only reads a few files from its repository."""

NOWHERE = "out of reach"


@contextmanager
def flows_against(given: str, flows: Path) -> Iterator[Path]:
    """Yield the folder to compare `flows` with: the folder `given`, or `flows` at that git revision.

    Raise FlowError if it is neither.
    """
    if Path(given).is_dir():
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="hotline-preview-") as name:
        with tarfile.open(fileobj=io.BytesIO(_at_revision(given, flows))) as files:
            files.extractall(name, filter="data")
        yield Path(name)


def _at_revision(revision: str, flows: Path) -> bytes:
    """Return the flows folder at a git revision as a tar file. Raise FlowError if git cannot."""
    wanted = f"--against {revision}: no such folder, and"
    if revision.startswith("-"):
        raise FlowError(f"{wanted} no git revision begins with '-'; use one such as HEAD or main")
    command = ["git", "-C", str(flows), "archive", "--format=tar", revision, "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=GIT_SECONDS, check=False)
    except FileNotFoundError:
        raise FlowError(
            f"{wanted} git is not installed on this machine; use a folder with the earlier flows"
        ) from None
    except subprocess.TimeoutExpired:
        raise FlowError(
            f"{wanted} git did not answer within {GIT_SECONDS} seconds; use a folder with the earlier flows"
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise FlowError(
            f"{wanted} git has no flows there ({said[-1] if said else 'it gave no reason'}); "
            "use a folder, or a revision such as HEAD or main"
        )
    return done.stdout


def differences(before: Book, after: Book) -> Iterator[str]:
    """Yield the differences in `after` as printable lines; a single line if there are none."""
    parts = (_states(before, after), _ways(before, after), _texts(before, after), _paths(before, after))
    lines = [line for part in parts for line in part]
    yield from lines or ["Nothing that a parent reads, hears or is asked has changed."]


def _states(before: Book, after: Book) -> Iterator[str]:
    for name, state in after.states.items():
        if name not in before.states:
            yield f"+ {state.file}.toml [{name}] is new"
    for name, state in before.states.items():
        if name not in after.states:
            yield f"- {state.file}.toml [{name}] was removed"


def _ways(before: Book, after: Book) -> Iterator[str]:
    """Yield states that now lead elsewhere."""
    for name, state in after.states.items():
        if name not in before.states:
            continue
        old, new = dict(_leads(before.states[name])), dict(_leads(state))
        for part in dict.fromkeys((*old, *new)):
            if old.get(part) != new.get(part):
                was, now = (ways.get(part, "nothing") for ways in (old, new))
                yield f"> {state.file}.toml [{name}] {part}: leads to {now}; it was {was}"


def _leads(state: State) -> Iterator[tuple[str, str]]:
    names = {By.CHOICE: "choice {}", By.CASE: "{}", By.TAKES: "what it takes"}
    for edge in edges(state):
        yield names.get(edge.by, edge.by).format(edge.label), edge.to


def _texts(before: Book, after: Book) -> Iterator[str]:
    """Yield changed texts, each with its cost in segments.

    Show the spoken version only if it changed and the written one did not.
    """
    for language, texts in after.texts.items():
        old_texts = before.texts.get(language, {})
        for id, new in texts.items():
            old = old_texts.get(id)
            if old is None:
                yield f"+ {language} {id}: {_cost(new[0])}"
                yield f"    now  {new[0]}"
            elif old[0] != new[0]:
                yield f"~ {language} {id}: {_cost(old[0])} before, {_cost(new[0])} now"
                yield from (f"    was  {old[0]}", f"    now  {new[0]}")
            elif old[1] != new[1]:
                yield f"~ {language} {id}, as spoken"
                yield from (f"    was  {old[1]}", f"    now  {new[1]}")
        yield from (f"- {language} {id}: {_cost(old[0])}" for id, old in old_texts.items() if id not in texts)


def _cost(text: str) -> str:
    segments = count(text)
    return f"{segments} segment{'' if segments == 1 else 's'}"


def _paths(before: Book, after: Book) -> Iterator[str]:
    """Yield outcomes with a different path length or cost, by text, in each language."""
    for language in after.languages:
        for outcome in dict.fromkeys((*outcomes(before), *outcomes(after))):
            old, new = (_shortest(book, outcome, language) for book in (before, after))
            if old != new:
                yield f"= {language} {outcome}, shortest path: {new}; it was {old}"


def _shortest(book: Book, outcome: str, language: str) -> str:
    """Describe the cost of the shortest path to an outcome in texts and segments, or return NOWHERE."""
    try:
        moves = shortest(book, outcome, Channel.SMS, language)
    except FlowError:
        return NOWHERE
    playing = Playing(book, Session(language=language))
    for move in moves:
        playing.take(Channel.SMS, *move)
    return f"{len(moves)} texts in, {playing.segments} segments out"
