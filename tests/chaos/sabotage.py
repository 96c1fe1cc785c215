"""`python -m tests.chaos.sabotage WHAT COMMAND`: run the service with one of its safeguards removed.

A chaos run of it must find faults; otherwise it would miss a safeguard that is lost by mistake.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import resolve_name
from typing import Any

from hotline.carrier import errors
from hotline.store import lua

SCRIPT = ".lua"


@dataclass(frozen=True, slots=True)
class Break:
    """Replace a constant, a function or a method; with `words`, only these words of a constant or of a Lua script.

    `path` is "package.module.name", with the class before the name of a method, or "name.lua".
    """

    path: str
    instead: Any
    words: str = ""

    def whole(self) -> Any:
        """Return what is replaced, or the text that has the words. Raise AttributeError if it is not there."""
        if self.path.endswith(SCRIPT):
            return lua.source(self.path.removesuffix(SCRIPT))
        return resolve_name(self.path)

    def do(self) -> None:
        """Replace it before anything has read it. Raise AttributeError or LookupError if it is not there."""
        whole, source = self.whole(), lua.source
        if self.words and self.words not in whole:
            raise LookupError(f"{self.words!r} is not there any more")
        instead = whole.replace(self.words, self.instead) if self.words else self.instead
        if self.path.endswith(SCRIPT):
            setattr(lua, "source", lambda name: instead if name + SCRIPT == self.path else source(name))  # noqa: B010 -- mypy
        else:
            place, _, name = self.path.rpartition(".")
            setattr(resolve_name(place), name, instead)


def first_page(page: Any, _get: object) -> Iterator[list[Any]]:
    """Yield the newest entries alone."""
    yield list(page)


def all_permanent(_code: int, _status: int = 400) -> str:
    """Take every error for one that is about the recipient."""
    return errors.Verdict.PERMANENT


def no_wait(_self: object, _key: str) -> int:
    return 0


def one_lane(self: Any, _scope: object) -> Any:
    """Have all requests wait for the same threads."""
    return self._parents


BREAKS: dict[str, tuple[Break, ...]] = {
    "claim": (
        Break(
            "claim_followup.lua",
            "if not record then",
            "if not recovered and not (record and record.state == 'waiting') then",
        ),
    ),
    "commit": (Break("commit_turn.lua", "", "if version ~= args.version then return {'conflict'} end"),),
    "codes": (Break("hotline.carrier.errors.verdict", all_permanent),),
    "late": (Break("record_status.lua", "else", "elseif RANK[status.state] > RANK[record.state] then"),),
    "pages": (Break("hotline.carrier.inbox._following", first_page),),
    "redacted": (Break("hotline.carrier.messages.STARTED", "never"),),
    "replica": (Break("hotline.store.replicas.Replicas.wait_for", no_wait),),
    "desk": (Break("hotline.web.rsgi.Served.lane_of", one_lane),),
    "stop": (Break("workers.reconcile.STOP", "nothing"),),
    "stall": (
        Break("commit_turn.lua", "then end", "then return {'late'} end"),
        Break(
            "load_turn.lua",
            "unseen = false",
            "unseen = stored and (noted or version_of(stored) == version) and answer_of(stored)",
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
