"""Routes that are compiled when an address is first made of them.

Werkzeug compiles two functions for each route when it is added to an app: they make the address of a page. That takes most of
the time in which an app or a simulated carrier is made, which tests do a thousand times; most never make an address.
"""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]

COMPILE: Callable[[Rule, bool], Build] = Rule._compile_builder


def compile_later() -> None:
    """From now on, in this process."""
    Rule._compile_builder = _later  # type: ignore[method-assign]  # the same but later


def _later(self: Rule, append_unknown: bool = True) -> Build:
    compiled: list[Build] = []

    def build(rule: Rule, *args: object, **values: object) -> tuple[str, str]:
        if not compiled:
            compiled.append(COMPILE(self, append_unknown))
        return compiled[0](rule, *args, **values)

    return build
