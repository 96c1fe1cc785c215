"""`python -m tests.chaos.sabotage WHAT COMMAND`: run the service with one of its safeguards removed.

A chaos run of it must find faults; otherwise it would miss a safeguard that is lost by mistake.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module

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


def replaced(text: str, words: str, instead: str) -> str:
    """Return the text with the words replaced. Raise LookupError if they are not there."""
    if words not in text:
        raise LookupError(f"{words!r} is not there any more")
    return text.replace(words, instead)


BREAKS: dict[str, tuple[Break | BreakScript, ...]] = {
    "claim": (
        BreakScript(
            "claim_followup",
            "if not recovered and not (record and record.state == 'waiting') then",
            "if not record then",
        ),
    ),
    "commit": (BreakScript("commit_turn", "if version ~= args.version then return {'conflict'} end", ""),),
    "stop": (Break("workers.reconcile", "STOP", "stop", "nothing"),),
    "stall": (
        BreakScript("commit_turn", "then return {'late'} end", "then end"),
        BreakScript(
            "load_turn",
            "return noted and redis.call('HGET', answers, noted)",
            "return false",
        ),
    ),
}
"""Safeguard -> the changes that remove it.

claim: two workers may send the same text. commit: one of two concurrent turns is lost. stop: a missed STOP is not
reconciled. stall: a late commit counts, and a parent does not get a missed response again.
"""


def main() -> None:
    """Remove the safeguard and run the service's command."""
    for each in BREAKS[sys.argv.pop(1)]:
        each.do()
    import_module("hotline.cli").main()


if __name__ == "__main__":
    main()
