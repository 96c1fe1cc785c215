"""`python -m tests.chaos.sabotage WHAT COMMAND`: run the service with one of its safeguards removed.

A chaos run of it must find faults; otherwise it would miss a safeguard that is lost by mistake.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hotline.carrier import errors
from hotline.store import lua


@dataclass(frozen=True, slots=True)
class Break:
    """Replace `words` of a constant of a module."""

    module: str
    name: str
    words: str
    instead: str

    @property
    def whole(self) -> str:
        """The constant as it is."""
        return str(getattr(import_module(self.module), self.name))

    def do(self) -> None:
        """Replace them before anything has read the constant. Raise LookupError if they are not there."""
        setattr(import_module(self.module), self.name, replaced(self.whole, self.words, self.instead))


@dataclass(frozen=True, slots=True)
class BreakScript:
    """Replace `words` of a Lua script."""

    script: str
    words: str
    instead: str

    @property
    def whole(self) -> str:
        """The script as it is, with its includes."""
        return lua.source(self.script)

    def do(self) -> None:
        """Replace them before the script is loaded. Raise LookupError if they are not there."""
        whole, broken = lua.source, replaced(self.whole, self.words, self.instead)
        setattr(lua, "source", lambda name: broken if name == self.script else whole(name))  # noqa: B010 -- mypy


@dataclass(frozen=True, slots=True)
class BreakFunction:
    """Replace a function of a module, before another one has imported it."""

    module: str
    words: str
    instead: Callable[..., Any]

    @property
    def whole(self) -> str:
        """The names that the module has."""
        return self.words if hasattr(import_module(self.module), self.words) else ""

    def do(self) -> None:
        """Replace it. Raise LookupError if it is not there."""
        if not self.whole:
            raise LookupError(f"{self.words!r} is not there any more")
        setattr(import_module(self.module), self.words, self.instead)


@dataclass(frozen=True, slots=True)
class BreakMethod:
    """Replace a method of a class."""

    module: str
    of: str
    words: str
    instead: Callable[..., Any]

    @property
    def whole(self) -> str:
        """The name of the method, if the class has it."""
        return self.words if self.words in vars(getattr(import_module(self.module), self.of)) else ""

    def do(self) -> None:
        """Replace it. Raise LookupError if it is not there."""
        if not self.whole:
            raise LookupError(f"{self.words!r} is not there any more")
        setattr(getattr(import_module(self.module), self.of), self.words, self.instead)


def first_page(page: Any, _get: object) -> Iterator[list[Any]]:
    """Yield the newest entries alone."""
    yield list(page)


def all_permanent(_code: int, _status: int = 400) -> str:
    """Take every error for one that is about the recipient."""
    return errors.Verdict.PERMANENT


def no_wait(_self: object, _key: str) -> int:
    """Wait for no replica."""
    return 0


def one_lane(self: Any, _scope: object) -> Any:
    """Have all requests wait for the same threads."""
    return self._parents


def replaced(text: str, words: str, instead: str) -> str:
    """Return the text with the words replaced. Raise LookupError if they are not there."""
    if words not in text:
        raise LookupError(f"{words!r} is not there any more")
    return text.replace(words, instead)


BREAKS: dict[str, tuple[Break | BreakScript | BreakFunction | BreakMethod, ...]] = {
    "claim": (
        BreakScript(
            "claim_followup",
            "if not recovered and not (record and record.state == 'waiting') then",
            "if not record then",
        ),
    ),
    "commit": (BreakScript("commit_turn", "if version ~= args.version then return {'conflict'} end", ""),),
    "codes": (BreakFunction("hotline.carrier.errors", "verdict", all_permanent),),
    "late": (BreakScript("record_status", "elseif RANK[status.state] > RANK[record.state] then", "else"),),
    "pages": (BreakFunction("hotline.carrier.inbox", "_following", first_page),),
    "redacted": (Break("hotline.carrier.messages", "STARTED", "outbound-api", "never"),),
    "replica": (BreakMethod("hotline.store.replicas", "Replicas", "wait_for", no_wait),),
    "desk": (BreakMethod("hotline.web.rsgi", "Served", "lane_of", one_lane),),
    "stop": (Break("workers.reconcile", "STOP", "stop", "nothing"),),
    "stall": (
        BreakScript("commit_turn", "then return {'late'} end", "then end"),
        BreakScript(
            "load_turn",
            "return stored and (noted or version_of(stored) == version) and answer_of(stored)",
            "return false",
        ),
    ),
}
"""Safeguard -> the changes that remove it.

claim: two workers may send the same text. codes: an error about our account ends a text. commit: one of two concurrent
turns is lost. late: a status that comes late takes a text back. pages: only the newest texts at the carrier are read.
replica: a turn is answered before a replica has it (with ON). desk: staff who listen hold the threads of parents.
redacted: a text without a body counts as none of ours. stop: a missed STOP is not reconciled. stall: a late commit counts, and a parent does not get a missed response again.
"""


NEEDS_STORE = frozenset({"replica"})
"""Those that only servers of which others take over need (ON)."""


def main() -> None:
    """Remove the safeguard and run the service's command."""
    for each in BREAKS[sys.argv.pop(1)]:
        each.do()
    import_module("hotline.cli").main()


if __name__ == "__main__":
    main()
