"""Data that differs by US state: reference/states.toml and reference/centers.toml.

A statement with `by_state` names one of the ROWS, and has a `row`: its text with a state's data filled in.
`row_request` replaces it if a time limit counts from the written request, `row_about` if its last day is inexact, and
`row_finder` if a center's phone number was not verified. For a state without data, the statement uses its `text`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from hotline.conversation.book.texts import ABOUT
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.us_states import Places, check_dates, read_places
from hotline.publishing.sources import Folder, need_known_keys, read_toml

FINDER = "parentcenterhub.org/find-your-center"
"""The national hub's list of parent centers, for those whose phone number is not verified."""

CENTER_KEYS = frozenset({"name", "phone", "source", "checked", "review_by"})
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """The US states and their verified parent centers: (name, phone number or FINDER) by state code."""

    places: Places
    centers: Mapping[str, tuple[str, str]]

    def rows(self, by_state: str, words: Words, language: str) -> Iterator[Row]:
        """Return the row of each US state that the reference `by_state` has data for.

        `words` are the language's own terms for kinds of days and for the start of a limit.
        """
        for row in ROWS[by_state](self, words):
            state = self.places.states[row.code.removesuffix(ABOUT)]
            yield replace(row, values={**row.values, "us_state": state.name_in(language)})


@dataclass(frozen=True, slots=True)
class Row:
    """The data of one US state, and the part of a statement that it fills.

    `code` is the last part of the text's ID: the state's code, with ABOUT added for the inexact one of two rows.
    """

    code: str
    values: Mapping[str, str]
    part: str = "row"


def read_reference(folder: Folder) -> Reference:
    """Return the reference tables of the flows in `folder`. Raise FlowError if they are invalid."""
    places = read_places(read_rows(folder, "states"))
    for code, state in places.states.items():
        _check_zones(f"reference/states.toml [{code}]", state.zones)
    centers: dict[str, tuple[str, str]] = {}
    for code, row in read_rows(folder, "centers").items():
        where = f"reference/centers.toml [{code}]"
        if code not in places.states:
            raise FlowError(f"{where}: no state has this code; reference/states.toml lists them")
        need_known_keys(where, row, CENTER_KEYS)
        if missing := (CENTER_KEYS - {"phone"}) - set(row):
            raise FlowError(
                f"{where}: lacks {min(missing)}; a center needs name, source, checked and review_by"
            )
        check_dates(where, row)
        centers[code] = (row["name"], row.get("phone", FINDER))
    return Reference(places, centers)


def _check_zones(where: str, zones: tuple[str, ...]) -> None:
    for zone in zones:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError):
            raise FlowError(
                f"{where}: there is no time zone {zone!r}; tzdata's zone1970.tab lists them"
            ) from None


def _center_rows(reference: Reference, _: Words) -> Iterator[Row]:
    for code, (center, contact) in reference.centers.items():
        yield Row(code, {"center": center, "contact": contact}, "row_finder" if contact == FINDER else "row")


def _limit_rows(reference: Reference, words: Words) -> Iterator[Row]:
    for code, state in reference.places.states.items():
        if limit := state.limit:
            about = "" if limit.exact else words["about"]
            breaks = words["breaks"] if limit.kind == "calendar" and not limit.exact else ""
            days = {
                "breaks": breaks,
                "covers": words[f"for_{limit.covers}"],
                "days": str(limit.days),
                "kind": words[limit.kind],
                "starts": words[limit.starts],
            }
            part = "row_request" if limit.starts == "request" else "row"
            yield Row(code, {**days, "about": about}, part)


def _answer_rows(reference: Reference, words: Words) -> Iterator[Row]:
    """Yield how long each state gives a school to answer; two rows if only breaks make the limit inexact."""
    for code, state in reference.places.states.items():
        if answer := state.answer:
            values = {"days": str(answer.days), "kind": words[answer.kind]}
            if answer.exact or answer.breaks:
                yield Row(code, {**values, "breaks": "" if answer.exact else words["later"]})
            if not answer.exact:
                own = f"{code}{ABOUT}" if answer.breaks else code
                yield Row(own, {**values, "about": words["about"]}, "row_about")


def _state_rows(reference: Reference, _: Words) -> Iterator[Row]:
    for code in reference.places.states:
        yield Row(code, {})


ROWS: Mapping[str, Callable[[Reference, Words], Iterator[Row]]] = {
    "centers": _center_rows,
    "limits": _limit_rows,
    "answers": _answer_rows,
    "states": _state_rows,
}
"""The references that `by_state` may name, each with the generator of its rows."""


def read_rows(folder: Folder, name: str) -> dict[str, Any]:
    """Return the rows of a file in reference/ by state code, as they are. Raise FlowError."""
    return read_toml(folder / "reference" / f"{name}.toml", f"reference/{name}.toml")
