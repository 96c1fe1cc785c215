"""Opening page: hours, closed days and staff numbers, changed by an editor and in effect within seconds.

Rule: a change is validated by the same rules as the settings; errors are shown at their field and listed in the order
      of the page, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import zip_longest
from typing import Final, TypeVar

from flask import redirect, request, url_for
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.config.office_hours import Closed, read_calendar
from hotline.config.opening import (
    LONGEST_WORDS,
    MOST_CLOSED,
    MOST_STAFF,
    Opening,
    StaffNumber,
    closed_today,
    read_center_name,
    read_closed,
    read_staff_number,
    read_words,
    reopened,
)
from hotline.config.settings import as_written
from hotline.conversation.model.segments import count, plain_accents
from hotline.store.in_force import Version, Versions
from hotline.web.desk import i18n
from hotline.web.desk.guard import MEANWHILE, audit, desk, is_again, need_version, page, today, viewer
from hotline.web.desk.opening_changes import changes
from hotline.web.desk.rules import sendable, sentence
from hotline.web.service import service as this_service

T = TypeVar("T")

FARTHEST: Final = timedelta(days=3 * 365)
"""How far ahead a closed day may be; a later one is a slip."""

IN_ONE: Final = "Write it in %(language)s as well: otherwise parents who use that language are told nothing."

SPARE_ROWS: Final = 3
"""Empty rows for more closed days."""


@desk.get("/opening")
def opening() -> AnyResponse:
    """Show the opening in effect, and its versions."""
    return _page(_versions())


@desk.post("/opening")
def change_opening() -> AnyResponse:
    """Change hours, holidays, closed days and staff numbers. Raises BadRequest and Conflict."""
    versions = _versions()
    form = _Form()
    changed = form.read(_latest(versions))
    if changed is None:
        return _page(versions, wrong=form.wrong, status=400)
    return _stored(versions, changed, "changed hours and staff", "saved")


@desk.post("/opening/today")
def close_today() -> AnyResponse:
    """Close today with a notice for parents, or reopen. Raises BadRequest and Conflict."""
    versions = _versions()
    now = _latest(versions)
    if request.form.get("open"):
        return _stored(versions, reopened(now), "opened today", "open")
    said = {
        language: " ".join(request.form.get(f"words_{language}", "").split())
        for language in this_service().book.languages
    }
    lacking = [language for language, each in said.items() if not each]
    form = _Form()
    plain = {code: form.one(f"words_{code}", partial(_notice, each)) or "" for code, each in said.items()}
    if lacking and len(lacking) < len(said):
        language = i18n.language_name(lacking[0], capital=False)
        form.wrong[f"words_{lacking[0]}"] = i18n.gettext(IN_ONE, language=language)
    if form.wrong:
        return _page(versions, wrong=form.wrong, status=400)
    changed = closed_today(now, today(), plain)
    return _stored(versions, changed, "closed today", "silent" if lacking else "closed")


@desk.post("/opening/back/<version>")
def go_back(version: str) -> AnyResponse:
    """Restore an earlier version; version 0 is the settings. Raises NotFound, BadRequest and Conflict."""
    versions = _versions()
    if version == "0":
        earlier = Opening.of(this_service().settings)
    else:
        found = [each.opening for each in versions if str(each.number) == version]
        if not found:
            raise NotFound(i18n.gettext("That version no longer exists."))
        earlier = found[0]
    return _stored(versions, earlier, "went back to earlier hours", "back")


def _notice(words: str) -> str:
    return read_words(sendable(words))


class _Form:
    """Parser of the submitted form; `wrong` maps the ID of each invalid field to its error, in the order of the page."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def read(self, before: Opening) -> Opening | None:
        """Return the submitted opening, based on `before`, or None if a field is invalid."""
        name, phone = self._center()
        hours, holidays = request.form.get("hours", "").strip(), request.form.get("holidays", "").strip()
        spans = self.one("hours", partial(i18n.read_hours, hours)) if hours else ()
        if not hours and any(request.form.get(f"number_{row}", "").strip() for row in range(MOST_STAFF)):
            self.wrong["hours"] = i18n.gettext("Write the hours in which the staff's phones ring.")
        calendar = self.one("holidays", partial(read_calendar, holidays or "no"))
        closed, staff = self._closed(before.closed), self._staff()
        if self.wrong:
            return None
        return replace(
            before,
            spans=spans or (),
            holidays=calendar or "",
            closed=closed,
            staff=staff,
            center_name=name,
            center_phone=phone,
        )

    def _center(self) -> tuple[str, str]:
        """Return the center's name and phone, "" for what the settings have."""
        settings = this_service().settings
        name, phone = (request.form.get(f"center_{each}", "").strip() for each in ("name", "phone"))
        read_name = self.one("center_name", lambda: read_center_name(sendable(name))) if name else ""
        read_phone = self.one("center_phone", partial(read_staff_number, phone, settings)) if phone else ""
        return (
            "" if read_name == settings.center_name else read_name or "",
            "" if read_phone == settings.center_phone else read_phone or "",
        )

    def _closed(self, before: tuple[Closed, ...]) -> tuple[Closed, ...]:
        """Return the closed days that are not over; one that was over when it was typed is an error."""
        pairs = zip_longest(request.form.getlist("first"), request.form.getlist("last"), fillvalue="")
        rows = [(row, *pair) for row, pair in enumerate(pairs) if any(pair)][: MOST_CLOSED + 1]
        if len(rows) > MOST_CLOSED:
            self.wrong["first-0"] = i18n.gettext("Write at most %(count)s times.", count=MOST_CLOSED)
        found = []
        for row, first, last in rows:
            closed = self.one(f"first-{row}", partial(read_closed, first, last))
            if closed is None:
                continue
            found.append(closed)
            if closed.last < today() and closed not in before:
                self.wrong[f"first-{row}"] = i18n.gettext(
                    "%(day)s is over. Did you mean %(year)s?", day=closed.last, year=today().year + 1
                )
            elif closed.first > today() + FARTHEST:
                self.wrong[f"first-{row}"] = i18n.gettext("%(day)s is too far ahead.", day=closed.first)
        return tuple(sorted((each for each in found if each.last >= today()), key=lambda each: each.first))

    def _staff(self) -> tuple[StaffNumber, ...]:
        found: dict[str, StaffNumber] = {}
        for row in range(MOST_STAFF):
            number = request.form.get(f"number_{row}", "").strip()
            hours = request.form.get(f"hours_{row}", "").strip()
            spoken = request.form.getlist(f"languages_{row}")
            if not number:
                if hours or spoken:
                    self.wrong[f"number_{row}"] = i18n.gettext(
                        "Write a number; to remove the phone, clear its hours and languages."
                    )
                continue
            read = self.one(f"number_{row}", partial(read_staff_number, number, this_service().settings))
            spans = self.one(f"hours_{row}", partial(i18n.read_hours, hours)) if hours else ()
            languages = tuple(each for each in this_service().book.languages if each in spoken)
            if read:
                found[read] = StaffNumber(read, spans or (), languages)
        return tuple(found.values())

    def one(self, field: str, read: Callable[[], T]) -> T | None:
        """Return what a field says, or None if it is invalid."""
        try:
            return read()
        except ValueError as right:
            self.wrong[field] = sentence(right)
            return None


def _versions() -> list[Version]:
    return Versions(this_service().redis).all()


def _latest(versions: list[Version]) -> Opening:
    return versions[0].opening if versions else Opening.of(this_service().settings)


def _stored(versions: list[Version], changed: Opening, what: str, said: str) -> AnyResponse:
    """Store a new version and redirect to the page. Raises BadRequest and Conflict."""
    number = versions[0].number if versions else 0
    need_version(number)
    if changed == _latest(versions):
        return redirect(url_for("desk.opening", said="same"), 303)
    audit(what, str(number + 1))
    if not Versions(this_service().redis).add(number, changed, viewer().name, clock.now()):
        raise Conflict(i18n.gettext(MEANWHILE))
    this_service().live.fresh()  # the next page shows it; other processes follow within seconds
    if said == "saved" and _latest(versions).staff and not changed.staff:
        said = "nobody"
    return redirect(url_for("desk.opening", said=said), 303)


def _what_changed(versions: list[Version]) -> dict[int, list[str]]:
    """Return what each version changed of the one before it, by its number; the first changed the settings."""
    first = Opening.of(this_service().settings)
    earlier = [*(each.opening for each in versions[1:]), first]
    return {
        version.number: changes(before, version.opening)
        for version, before in zip(versions, earlier, strict=False)
    }


def _staff_rows(shown: Opening, given: Mapping[str, str]) -> int:
    """Return how many rows for phones to show: those set or submitted, and one more."""
    typed = [row + 1 for row in range(MOST_STAFF) if given.get(f"number_{row}") or given.get(f"hours_{row}")]
    return min(max([len(shown.staff), *typed]) + 1, MOST_STAFF)


def _costs_of_name(name: str) -> tuple[int, int, int]:
    """Return in how many texts the center's name is, the segments of them all, and what plain letters would make of it."""
    texts = [
        written
        for said in this_service().book.texts.values()
        for written, _ in said.values()
        if name in written
    ]
    plain = [each.replace(name, plain_accents(name)) for each in texts]
    return len(texts), sum(map(count, texts)), sum(map(count, plain))


def _page(versions: list[Version], wrong: dict[str, str] | None = None, status: int = 200) -> AnyResponse:
    service = this_service()
    shown = _latest(versions)
    given = request.form if wrong or is_again() else {}
    typed = "hours" in given
    return page(
        "opening.html",
        status,
        wrong=wrong or {},
        given=given,
        typed=typed,
        lists=request.form.getlist if typed else lambda _: [],
        opening=shown,
        center=shown.applied(service.settings),
        number=versions[0].number if versions else 0,
        versions=versions,
        what_changed=_what_changed(versions),
        name_costs=_costs_of_name(shown.applied(service.settings).center_name),
        segments=count,
        plain_accents=plain_accents,
        closed_now=shown.is_closed_on(today()),
        said_today=dict(shown.closed_words(today())),
        rows=len(shown.closed) + SPARE_ROWS,
        staff_rows=_staff_rows(shown, given),
        longest=LONGEST_WORDS,
        book_languages=service.book.languages,
        written_hours=i18n.written_hours,
        as_written=as_written,
    )
