"""Draw the loaded flows: a Mermaid flowchart for each file, which GitHub renders.

Rule 1: everything comes from the Book. States unreachable in it are not drawn as reachable.
Rule 2: output is deterministic and IDs consist of names only, so that a small change of the flows is a
        small diff of the map.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, Edge, edges
from hotline.conversation.book.states import Fork, Place, Question, Reminder, Role, State, Statement
from hotline.conversation.book.texts import text_id

MAP = Path(__file__).resolve().parents[3] / "docs" / "flows.md"
"""The path of the map of this repository's flows."""

WORDS_SHOWN, CHOICE_SHOWN = 64, 36
"""Maximum characters of a text and of a choice in the map; the flow files have the full texts."""

HEAD = """# The map of the flows

Drawn by `hotline map` from the flows themselves; do not edit it by hand.

Six-sided: a question, which waits for an answer. Boxed: a statement, which says something and goes on;
with double sides it states an outcome. A diamond: a fork, which goes on by what was answered, first
case that fits. Dashed: a state of another file. A dotted arrow: a reminder, texted so long after.
Small ends: `return` leads back to the question that was left, `skip` on from it as "not sure", `rest`
nowhere, `stay` leaves the person where they are.
"""

STYLES = (
    "classDef elsewhere stroke-dasharray: 4 4",
    "classDef outcome stroke-width: 3px",
    "classDef place font-size: 11px",
)

COLUMNS = "| Reminder | Texted | Starts on | Cancelled by |\n|---|---|---|---|"


def draw(book: Book) -> str:
    """Return the map of all files of the book, as Markdown."""
    files = list(dict.fromkeys(state.file for state in book.states.values()))
    return "\n".join([HEAD, *(_file(book, file) for file in files), _words(book)])


def delay(reminder: Reminder) -> str:
    """Return when a reminder is sent: "at once", "4 days", "3 days before the limit of sent_on"."""
    after = _duration(abs(reminder.after))
    if not reminder.counts_from:
        return after
    side = "before" if reminder.after < timedelta() else "after"
    limited = "the limit" if reminder.to_limit else "the time to answer" if reminder.to_answer else "the day"
    day = f"{limited} of {reminder.counts_from}"
    due = f"on {day}" if not reminder.after else f"{after} {side} {day}"
    return f"{due}, in the evening" if reminder.evening else due


def _duration(after: timedelta) -> str:
    for name, unit in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        if after and not after % unit:
            return f"{after // unit} {name}{'' if after == unit else 's'}"
    return "at once"


def _file(book: Book, file: str) -> str:
    states = [state for state in book.states.values() if state.file == file]
    reminders = [s for s in states if not isinstance(s, Fork) and s.reminder]
    drawn = dict.fromkeys(line for state in states for line in _state(book, state))
    parts = [
        f"## {file}.toml\n",
        f"{_contents(states)}\n",
        "```mermaid",
        "flowchart TD",
        *(f"    {line}" for line in (*drawn, *STYLES)),
        "```\n",
    ]
    if reminders:
        parts += [COLUMNS, *(_row(s.name, s.reminder) for s in reminders if s.reminder), ""]
    return "\n".join(parts)


def _contents(states: list[State]) -> str:
    """Return a line with the file's number of states by kind and its outcomes."""
    kinds = (("question", Question), ("statement", Statement), ("fork", Fork))
    counts = ((name, sum(isinstance(state, kind) for state in states)) for name, kind in kinds)
    line = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count)
    outcomes = dict.fromkeys(s.outcome.id for s in states if isinstance(s, Statement) and s.outcome)
    return f"{line}; outcomes: {', '.join(outcomes)}." if outcomes else f"{line}."


def _state(book: Book, state: State) -> Iterator[str]:
    """Yield the lines that draw a state and its outgoing arrows."""
    yield _node(book, state)
    for number, edge in enumerate(edges(state), 1):
        yield from _edge(book, state, edge.to, _label_of(book, state, edge, number))
    yield from _reminded(book, state)


def _label_of(book: Book, state: State, edge: Edge, number: int) -> str:
    """Return an arrow's label: a choice's number and text, a case's conditions, or the kind of edge."""
    if isinstance(state, Question) and edge.by is By.CHOICE:
        return f"{number} {textwrap.shorten(_written(book, state, f'choice.{edge.label}'), CHOICE_SHOWN)}"
    if isinstance(state, Question):
        return f"a {state.takes}"
    return "" if edge.by is By.GO else edge.label or edge.by


def _reminded(book: Book, state: State) -> Iterator[str]:
    """Yield the arrows from what starts a reminder to the reminder's state."""
    if isinstance(state, Fork) or state.reminder is None:
        return
    for start in state.reminder.starts_on:
        yield from _elsewhere(book, state, start)
        yield f'{_id(start)} -. "{_quoted(delay(state.reminder))}" .-> {_id(state.name)}'


def _node(book: Book, state: State) -> str:
    match state:
        case Question():
            return f'{_id(state.name)}{{{{"{_label(book, state)}"}}}}'
        case Statement(outcome=None):
            return f'{_id(state.name)}["{_label(book, state)}"]'
        case Statement():
            return f'{_id(state.name)}[["{_label(book, state)}"]]:::outcome'
        case Fork():
            return f'{_id(state.name)}{{"{state.name}"}}'


def _label(book: Book, state: Question | Statement) -> str:
    words = textwrap.shorten(_written(book, state), WORDS_SHOWN, placeholder=" ...")
    outcome = f" · {state.outcome.id}" if isinstance(state, Statement) and state.outcome else ""
    return f"<b>{state.name}</b>{outcome}<br>{_quoted(words)}"


def _edge(book: Book, state: State, go: str, label: str = "") -> Iterator[str]:
    arrow = f'-->|"{_quoted(label)}"|' if label else "-->"
    if go in frozenset(Place):
        end = f"{_id(state.name)}_{go}"
        yield f'{end}(["{go}"]):::place'
        yield f"{_id(state.name)} {arrow} {end}"
    else:
        yield from _elsewhere(book, state, go)
        yield f"{_id(state.name)} {arrow} {_id(go)}"


def _elsewhere(book: Book, state: State, name: str) -> Iterator[str]:
    """Yield the node of the named state if it is in a different file than `state`."""
    file = book.states[name].file
    if file != state.file:
        yield f'{_id(name)}["{name}<br>{file}.toml"]:::elsewhere'


def _row(name: str, reminder: Reminder) -> str:
    starts, cancelled = (", ".join(names) for names in (reminder.starts_on, reminder.cancelled_by))
    return f"| {name} | {delay(reminder)} | {starts} | {cancelled or 'nothing'} |"


def _words(book: Book) -> str:
    """Return the section on intents that lead to a state from anywhere."""
    rows = [f"| {intent} | {name} | {book.states[name].file}.toml |" for intent, name in book.topics.items()]
    engine = ", ".join(f"`{role}`" for role in Role)
    return "\n".join(
        [
            "## From anywhere\n",
            f"The engine itself leads to {engine}. These intents (patterns.toml) lead to a state at any time:\n",
            "| Intent | State | In |\n|---|---|---|",
            *rows,
            "",
        ]
    )


def _written(book: Book, state: Question | Statement, part: str = "text") -> str:
    return book.texts[book.languages[0]][text_id(state, part)][0]


def _id(name: str) -> str:
    """Return the node's ID. The prefix avoids words reserved by Mermaid, such as `end`."""
    return f"s_{name}"


def _quoted(text: str) -> str:
    """Return text escaped for Mermaid quotes.

    Source: mermaid.js.org/syntax/flowchart.html, entity codes.
    """
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, code)
    return text
