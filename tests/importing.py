"""In what order the tests' processes import the tests.

Each process collects all tests in the same order, and what is not compiled yet it compiles: its asserts rewritten, the code of
a test takes longer to compile than to run. Processes that go through the same files at the same time all compile each of them.
So before it collects, each imports the files beginning at another one: what one has compiled the others only read.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


def import_in_turns(config: pytest.Config) -> None:
    """Imports what will be collected, if this is one of several processes. What fails then fails again when it is collected."""
    given: dict[str, str | int] = getattr(config, "workerinput", {})
    if not given:
        return
    files = list(_files(config))
    number, processes = int(str(given["workerid"]).removeprefix("gw")), int(given["workercount"])
    first = len(files) * number // processes
    for file in (*files[first:], *files[:first]):
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


def _files(config: pytest.Config) -> Iterator[Path]:
    here = config.invocation_params.dir
    ignored = {here / path for path in config.getoption("ignore") or ()}
    for arg in config.args:
        path = here / arg.partition("::")[0]
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            if ignored.isdisjoint((file, *file.parents)):
                yield file
