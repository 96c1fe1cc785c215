"""`python -m tests.chaos.sabotage WHAT COMMAND`: the service with one of its safeguards taken out.

A torture of it must find faults: else it would find none in a service that has lost a safeguard by mistake.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Break:
    """Some words of a script, or of another constant, and what stands in their place."""

    module: str
    name: str
    words: str
    instead: str

    def do(self) -> None:
        """Breaks it, before anybody else has read it. Raises LookupError when the words are not there."""
        module = import_module(self.module)
        whole = getattr(module, self.name)
        if self.words not in whole:
            raise LookupError(f"{self.module}.{self.name} does not say {self.words!r} any more")
        setattr(module, self.name, whole.replace(self.words, self.instead))


BREAKS: dict[str, tuple[Break, ...]] = {
    "claim": (
        Break(
            "hotline.store.scripts",
            "CLAIM",
            "if not recovered and not (record and record.state == 'waiting') then",
            "if not record then",
        ),
    ),
    "commit": (
        Break(
            "hotline.store.commit",
            "COMMIT",
            "if version ~= expected then return {'conflict'} end",
            "",
        ),
    ),
    "stop": (Break("workers.reconcile", "STOP", "stop", "nothing"),),
    "stall": (
        Break("hotline.store.commit", "COMMIT", "then return {'late'} end", "then end"),
        Break(
            "hotline.store.commit",
            "LOAD",
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
