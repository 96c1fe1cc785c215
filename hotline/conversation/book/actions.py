"""The actions of a statement: the `does` of a state, as values.

    does = ["transfer"]
    does = [{ consent = "may_we_text_on", to = "nudge" }, { start = "call_dropped" }, "hang_up"]

Rule 1: actions are performed in their order. One that ends a call's turn, or the conversation, is the last
        (`ENDINGS`); where the conversation continues then is the state's `go`, or the action's own `missed`.
Rule 2: `engine.statements.perform` has one match over all of them, so that mypy finds one that it lacks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.conversation.model.events import FlowError


class Scope(StrEnum):
    """The texts that a consent or a refusal is about."""

    SERIES = "series"
    """The next steps and reminders."""
    PENDING = "pending"
    """One text that asks for a yes to the next steps and reminders, for a caller who agreed to them."""
    NUDGE = "nudge"
    """One text if the call drops."""
    THIS = "this"
    """The information just given, texted once."""


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Reaching the state is a yes to this question, which asks for texts that we start."""

    question: str
    to: Scope = Scope.SERIES


@dataclass(frozen=True, slots=True)
class RecordRefusal:
    """Reaching the state is a no to texts that we start."""

    to: Scope = Scope.SERIES


@dataclass(frozen=True, slots=True)
class StartReminder:
    """Send this reminder once, because the person asked for it here: at once, or when the call is over."""

    reminder: str
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class RingStaff:
    """In a call, ring the staff's phone; `missed` is the target if nobody took the call."""

    missed: str


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """In a call, record a message for the staff; `missed` is the target if nothing was recorded."""

    missed: str


class Do(StrEnum):
    """Actions that need nothing but their name."""

    READ_WANTED = "read_wanted"
    """Say the text that the caller asked for again."""
    OPT_OUT = "opt_out"
    """Stop all texts until START."""
    UNDO_OPT_OUT = "undo_opt_out"
    """Restore the texting status from before an unintended opt-out."""
    ERASE = "erase"
    """Erase all data about the person."""
    HANG_UP = "hang_up"
    """End the call."""


Action = RecordConsent | RecordRefusal | StartReminder | RingStaff | RecordMessage | Do

ENDINGS = frozenset({"transfer", "record", Do.ERASE, Do.HANG_UP})
"""Names of the actions that end a turn."""

CALL_OVER = "call_over"
"""The `when` of a reminder that starts only once the call is over."""

MISSED = ("transfer", "record")
"""Names of the actions that need `missed`."""


def is_ending(action: Action) -> bool:
    """Return whether the action ends a turn."""
    return isinstance(action, RingStaff | RecordMessage) or action in ENDINGS


def read_actions(where: str, entry: Mapping[str, Any]) -> tuple[Action, ...]:
    """Return the actions of a state. Raise FlowError, with what would be right, at a wrong one."""
    written = entry.get("does", [])
    if not isinstance(written, list):
        raise FlowError(f'{where}: does is a list, such as does = ["transfer"]')
    if ("missed" in entry) != any(name in MISSED for name in written if isinstance(name, str)):
        raise FlowError(
            f"{where}: a state that does transfer or record has missed, where it leads else; others do not"
        )
    actions = tuple(_read(where, one, entry.get("missed", "")) for one in written)
    if any(is_ending(action) for action in actions[:-1]):
        raise FlowError(f"{where}: of does, {_or(sorted(ENDINGS))} can only be the last, as it ends the turn")
    return actions


def _read(where: str, written: object, missed: str) -> Action:
    match written:
        case "transfer":
            return RingStaff(missed)
        case "record":
            return RecordMessage(missed)
        case str() if written in set(Do):
            return Do(written)
        case {"consent": str(question), **more} if set(more) <= {"to"}:
            return RecordConsent(question, _read_scope(where, more.get("to", Scope.SERIES)))
        case {"refuse": scope, **more} if not more:
            return RecordRefusal(_read_scope(where, scope))
        case {"start": str(reminder), **more} if more in ({}, {"when": CALL_OVER}):
            return StartReminder(reminder, at_end=bool(more))
        case _:
            named = _or(['"transfer"', '"record"', *(f'"{each}"' for each in Do)])
            raise FlowError(
                f"{where}: does has {written!r}; each is {named}, or a table: "
                '{ consent = "a question", to = "series" }, { refuse = "series" } or { start = "a reminder", when = "call_over" }'
            )


def _read_scope(where: str, written: object) -> Scope:
    if written not in tuple(Scope):
        raise FlowError(f"{where}: does has the texts {written!r}; they are one of {', '.join(Scope)}")
    return Scope(str(written))


def _or(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def named_in(actions: Collection[Action]) -> Iterator[tuple[str, str]]:
    """Yield what the actions name: its kind, question or reminder, and its name."""
    for action in actions:
        match action:
            case RecordConsent(question=question):
                yield "question", question
            case StartReminder(reminder=reminder):
                yield "reminder", reminder
            case RecordRefusal() | RingStaff() | RecordMessage() | Do():
                pass


def consents(actions: Collection[Action]) -> Iterator[RecordConsent]:
    """Yield the consents among these actions."""
    return (action for action in actions if isinstance(action, RecordConsent))
