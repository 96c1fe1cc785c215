"""The phone that rings first when the staff call a parent back: one of the staff's, or the account's own."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import BadRequest

from hotline.config.opening import read_staff_number
from hotline.config.settings import as_written
from hotline.web.desk import i18n
from hotline.web.desk.guard import now, viewer
from hotline.web.desk.rules import sentence
from hotline.web.service import service as this_service

OWN: Final = "own"
"""The choice of the account's own phone instead of a staff number."""


def phones() -> tuple[tuple[str, str], ...]:
    """Return the phones that can ring first: those on duty come first, then the account's own."""
    in_force = this_service().live.fresh()
    on_duty = [each.number for each in in_force.on_duty(now())]
    numbers = dict.fromkeys([*on_duty, *in_force.staff_numbers])
    found = [(each, as_written(each)) for each in numbers]
    if own := own_phone():
        found.append((OWN, i18n.gettext("Your own: %(number)s", number=as_written(own))))
    return tuple(found)


def own_phone() -> str | None:
    """Return the account's own phone, if one is set and can be decrypted."""
    service = this_service()
    account = service.accounts.get(viewer().name) if viewer().name else None
    return service.secrets.unseal(account.phone) if account and account.phone else None


def chosen_phone() -> str:
    """Return the number to ring first. A new own phone is stored. Raises BadRequest."""
    service, chosen, typed = (
        this_service(),
        request.form.get("phone", ""),
        request.form.get("own", "").strip(),
    )
    if typed and viewer().name:
        number = _read_own(typed)
        service.accounts.set_phone(viewer().name, service.secrets.seal(number))
        return number
    number = (own_phone() or "") if chosen == OWN else chosen
    if number and (chosen == OWN or number in service.live.fresh().staff_numbers):
        return number
    raise BadRequest(i18n.gettext("Choose the phone that should ring first."))


def _read_own(typed: str) -> str:
    settings = this_service().settings
    try:
        number = read_staff_number(typed, settings)
    except ValueError as right:
        raise BadRequest(i18n.gettext("Your own phone: %(right)s", right=sentence(right))) from None
    if not settings.serves(number):
        raise BadRequest(i18n.gettext("Your own phone must be from a country that the hotline serves."))
    return number
