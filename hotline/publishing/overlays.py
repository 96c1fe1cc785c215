"""The overlays on top of one process's flows: the file that FLOWS_OVERLAY names, and the version published at the desk.

Rule 1: the desk's overlay goes on top of the file's; both go on top of the flows.
Rule 2: a version published at the desk is complete and has a number, so unlike files it needs no second poll.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from hotline.publishing.overlay import Overlay
from hotline.publishing.overlay_folder import Overlaid, overlaid
from hotline.publishing.overlay_reader import read_overlay, read_overlay_file
from hotline.publishing.sources import Sources, Stamp

DESK: Final = "words of the desk"


class Published(Protocol):
    """The version in force of the overlay published at the desk."""

    @property
    def number(self) -> int:
        """Its number; 0 if nothing is published."""
        ...

    @property
    def overlay(self) -> str:
        """The overlay in TOML."""
        ...

    @property
    def judged(self) -> str:
        """The version of the book that was checked before publishing; "" if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is published at the desk."""

    number: int = 0
    overlay: str = ""
    judged: str = ""


NOTHING: Final = Nothing()


class Overlays:
    """The overlays on top of the flows. Thread-safe; `desk` returns the published version and never raises."""

    def __init__(self, file: Path | None = None, desk: Callable[[], Published] = lambda: NOTHING) -> None:
        self.file, self.published = file, desk

    def stamp(self) -> Stamp:
        """Return a stamp that changes when the file changes; () without a file."""
        if self.file is None:
            return ()
        try:
            stat = self.file.stat()
        except OSError:
            return ((str(self.file), 0, 0),)
        return ((str(self.file), stat.st_mtime_ns, stat.st_size),)

    def of_file(self) -> Overlay:
        """Return the overlay in the file. Raise FlowError."""
        return read_overlay_file(self.file) if self.file else Overlay()

    def overlay(self, published: Published) -> Overlay:
        """Return both overlays merged into one. Raise FlowError."""
        return read_overlay(published.overlay, DESK).on_top_of(self.of_file())

    def on(self, flows: Sources | Path, published: Published = NOTHING) -> Overlaid:
        """Return the flows with the overlays applied. Raise FlowError."""
        return overlaid(flows, self.overlay(published))
