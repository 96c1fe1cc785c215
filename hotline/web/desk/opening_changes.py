"""What a version of hours, closed days and phones changed: the difference of two versions, in the user's language."""

from __future__ import annotations

from hotline.config.office_hours import Closed
from hotline.config.opening import Opening, StaffNumber
from hotline.config.settings import as_written
from hotline.web.desk import i18n


def changes(before: Opening, after: Opening) -> list[str]:
    """Return what is different, one sentence each; none if both are the same."""
    gettext = i18n.gettext
    found = []
    if before.spans != after.spans:
        hours = i18n.written_hours(after.spans) or gettext("none")
        found.append(gettext("Office hours: %(hours)s", hours=hours))
    if before.holidays != after.holidays:
        found.append(gettext("Holidays: %(calendar)s", calendar=after.holidays or gettext("none")))
    found += _phones(before.staff, after.staff)
    found += [
        gettext("Closed %(days)s", days=_days(each)) for each in after.closed if each not in before.closed
    ]
    found += [
        gettext("No longer closed %(days)s", days=_days(each))
        for each in before.closed
        if each not in after.closed
    ]
    if before.closed_on != after.closed_on:
        if after.closed_on:
            found.append(gettext("Closed %(days)s", days=i18n.written_day(after.closed_on, "long")))
        else:
            found.append(gettext("Open after all"))
    elif before.words != after.words:
        found.append(gettext("Another notice for the closed day"))
    if before.center_name != after.center_name:
        name = after.center_name or gettext("that of the settings")
        found.append(gettext("Name of the center: %(name)s", name=name))
    if before.center_phone != after.center_phone:
        phone = as_written(after.center_phone) or gettext("that of the settings")
        found.append(gettext("Phone that parents can call: %(phone)s", phone=phone))
    return found


def _phones(before: tuple[StaffNumber, ...], after: tuple[StaffNumber, ...]) -> list[str]:
    """Return which phones were added, removed or changed, and whether none is left."""
    gettext = i18n.gettext
    had, has = ({each.number: each for each in phones} for phones in (before, after))
    found = [
        gettext("Phone removed: %(phone)s", phone=as_written(number)) for number in had if number not in has
    ]
    for number, each in has.items():
        if each != had.get(number):
            details = [i18n.written_hours(each.spans), ", ".join(map(i18n.language_name, each.languages))]
            shown = "; ".join(filter(None, [as_written(number), *details]))
            found.append(
                gettext("Phone changed: %(phone)s", phone=shown)
                if number in had
                else gettext("Phone added: %(phone)s", phone=shown)
            )
    if had and not has:
        found.append(gettext("Calls are put through to no one"))
    return found


def _days(closed: Closed) -> str:
    first, last = i18n.written_day(closed.first, "long"), i18n.written_day(closed.last, "long")
    return first if first == last else f"{first} – {last}"
