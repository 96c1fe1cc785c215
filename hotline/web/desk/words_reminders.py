"""The page of the days of reminders: all in one form, and what a change means before it is published.

Rule: a delay is shown as it was and as it will be, before it can be published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from babel.units import format_unit
from flask import request
from werkzeug.wrappers import Response as AnyResponse

from hotline.publishing.overlay import Overlay, OwnDay
from hotline.web.desk import i18n
from hotline.web.desk.findings import Shown, all_in_words
from hotline.web.desk.guard import desk, is_again, page
from hotline.web.desk.words_publish import asked_to_publish, publish, try_out
from hotline.web.desk.words_state import TextRow, Words, day_of, words_now
from hotline.web.service import service as this_service

AT_ONCE: Final = "at once"
BEFORE: Final = "days before"
UNITS: Final = {
    AT_ONCE: "at once",
    "minutes": "minutes",
    "hours": "hours",
    "days": "days",
    BEFORE: "days before that day",
}
"""What a delay is counted in, with its label."""

DELAY: Final = re.compile(r"(-?)(\d+) (minute|hour|day)s?\Z")
NUMBER: Final = re.compile(r"\d{1,6}\Z", re.ASCII)
NOTHING: Final = "Nothing has changed yet: these are the days that are in effect now."


@dataclass(frozen=True, slots=True)
class Delay:
    """One reminder as displayed: its text, when it is sent, what the flows say, and what was typed."""

    name: str
    row: TextRow
    now: str
    upstream: str
    number: str
    unit: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of a delay, in words."""

    row: TextRow
    was: str
    becomes: str


@desk.get("/words/reminders")
def words_reminders() -> AnyResponse:
    """List the reminders with their delays."""
    return _page(words_now(this_service()))


@desk.post("/words/reminders")
def change_words_reminders() -> AnyResponse:
    """Show what a change of delays means, or publish it. Raise BadRequest and Conflict."""
    now = words_now(this_service())
    given = {each.name: (each, _written(each)) for each in _delays(now)}
    changed = {name: after for name, (each, after) in given.items() if after != each.now}
    if not changed:
        return _page(now, ours=i18n.gettext(NOTHING), status=400)
    own = {name: OwnDay(after, given[name][0].upstream) for name, after in changed.items()}
    left = {
        name: day
        for name, day in {**now.desk.reminders, **own}.items()
        if day.after != day.was or name in now.file.reminders
    }
    tried = try_out(now, replace(now.desk, reminders=left), Overlay(reminders=own))
    if tried.findings:
        return _page(now, wrong=all_in_words(tried.findings, now.rows), status=400)
    if asked_to_publish():
        return publish(now, replace(now.desk, reminders=left), f"reminders: {', '.join(own)}", tried)
    moved = [
        Moved(given[n][0].row, in_words(given[n][0].now), in_words(after)) for n, after in changed.items()
    ]
    return _page(now, moved=moved)


def in_words(after: str) -> str:
    """Return a delay in the user's language, such as "4 days", or "14 days before that day"."""
    found = DELAY.match(after)
    if not found:
        return i18n.gettext(AT_ONCE) if after == AT_ONCE else after
    length = format_unit(int(found[2]), f"duration-{found[3]}", locale=i18n.LOCALES[i18n.language()])
    return i18n.gettext("%(time)s before that day", time=length) if found[1] else length


def _delays(now: Words) -> list[Delay]:
    """Return the reminders, each with what was typed, if this request has a form of them."""
    typed = request.method == "POST"
    found = []
    for name, reminder in now.book.reminders.items():
        if not (upstream := day_of(now.upstream, name)):
            continue
        after = day_of(now.merged.flows, name)
        number, unit = _parts(after)
        if typed:
            number = request.form.get(f"number_{name}", number).strip()
            unit = request.form.get(f"unit_{name}", unit)
        row = now.rows[f"{now.book.states[name].file}.{name}.text"]
        units = tuple(UNITS) if reminder.counts_from else tuple(UNITS)[:-1]
        found.append(Delay(name, row, after, upstream, number, unit, units))
    return found


def _parts(after: str) -> tuple[str, str]:
    """Return the number and the unit of a delay."""
    found = DELAY.match(after)
    if not found:
        return "", AT_ONCE
    return found[2], BEFORE if found[1] else f"{found[3]}s"


def _written(delay: Delay) -> str:
    """Return what was typed as the flows write it; as it is in effect if it means the same."""
    if (delay.number, delay.unit) == _parts(delay.now):
        return delay.now
    if delay.unit == AT_ONCE:
        return AT_ONCE
    if not NUMBER.match(delay.number) or delay.unit not in delay.units:
        return delay.number or "?"  # which is a finding
    sign, unit = ("-", "days") if delay.unit == BEFORE else ("", delay.unit)
    return f"{sign}{int(delay.number)} {unit.removesuffix('s') if int(delay.number) == 1 else unit}"


def _page(
    now: Words,
    *,
    wrong: tuple[Shown, ...] = (),
    ours: str = "",
    moved: list[Moved] | None = None,
    status: int = 200,
) -> AnyResponse:
    return page(
        "words_reminders.html",
        status,
        reminders=_delays(now),
        number=now.number,
        wrong=wrong,
        ours=ours,
        moved=moved if not is_again() else None,
        unit_labels=UNITS,
        delay_in_words=in_words,
    )
