"""`python -m tests.chaos.sabotage WHAT COMMAND`: the service with one of its safeguards taken out.

A torture of it must find faults: else it would find none in a service that has lost a safeguard by mistake.
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
"""Two workers may send the same text; of two turns at once one is lost; a STOP that was missed is not looked for; a
commit that comes late counts, and nobody is told again what they did not see."""


def main() -> None:
    """Breaks it, and runs the command of the service."""
    for each in BREAKS[sys.argv.pop(1)]:
        each.do()
    import_module("hotline.cli").main()


if __name__ == "__main__":
    main()
