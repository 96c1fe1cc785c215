"""`python -m tests.chaos.sabotage WHAT COMMAND`: run the service with one of its safeguards removed.

A chaos run of it must find faults; otherwise it would miss a safeguard that is lost by mistake.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Break:
    """A part of a script or another constant, and its replacement."""

    module: str
    name: str
    words: str
    instead: str

    def do(self) -> None:
        """Replace it before other modules read it. Raises LookupError if it is not found."""
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
