"""Manual steps at the carrier: those whose state can be read with that state, and the rest as a checklist.

Source: twilio.com/docs/messaging/compliance/a2p-10dlc, .../compliance/toll-free/console-onboarding,
.../messaging/tutorials/advanced-opt-out, .../usage/security (media), read November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hotline.carrier.client import CarrierError
from hotline.carrier.registration import Registered, Registration, Standing
from hotline.config.countries import TERRITORIES
from hotline.config.settings import TOLL_FREE, Settings
from hotline.config.wires import Wire
from hotline.connect.plan import Plan
from hotline.doctor.carrier import CONSOLE, sender_lines
from hotline.doctor.lines import Grade, Line

CAMPAIGN, VERIFICATION, COUNTRIES = "A2P 10DLC", "toll-free", "countries"

FORMS: Final = "`hotline forms` prints the answers to paste"

UNREADABLE: Final = "our key may not read this ({}); check it in the Twilio console"

WORDS: Final = {
    Standing.NONE: f"no application was submitted; until one is approved, carriers drop our texts. {FORMS}",
    Standing.WAITS: "the application is under review; until it is approved, carriers drop our texts",
}

LISTS: Final = (
    Line(
        "opt-out words",
        "Messaging, Services, Opt-Out Management: if Advanced Opt-Out is on, add the Spanish words too (PARAR, ALTO, BASTA, "
        "CANCELAR to STOP; AYUDA to HELP). The line itself honors them in any case",
        Grade.ADVICE,
    ),
    Line(
        "media",
        'Voice, Settings, and Messaging, Settings: turn on "Enforce HTTP Auth on Media URLs"; without it, anyone with the '
        "URL of a parent's voice message can play it",
        Grade.ADVICE,
    ),
    Line(
        "calls abroad",
        "Voice, Settings, Geo permissions: allow only the countries that the line serves and that of STAFF_NUMBER",
        Grade.ADVICE,
    ),
)
"""Steps that can be seen and done only in the console."""


OF_SIGNALWIRE: Final = (
    Line(
        CAMPAIGN,
        f"Messaging, Campaign Registry: the number must be in an approved campaign, or carriers drop its texts. {FORMS}",
        Grade.ADVICE,
    ),
    Line(
        "media",
        "Storage: check that recordings need a login; otherwise anyone with the URL of a parent's voice message can play it",
        Grade.ADVICE,
    ),
)
"""Steps in SignalWire's dashboard."""


def lines(settings: Settings, plan: Plan, registration: Registration) -> Iterator[Line]:
    """Yield the manual steps; those that can be seen to be done have the grade WELL."""
    numbers = [each.number for each in plan.numbers]
    for number in numbers:
        for other in number.elsewhere:
            words = (
                f"a {other} handles {number.number}, so the carrier ignores its webhooks; remove it {CONSOLE}"
            )
            yield Line("handled by", words, Grade.WRONG)
    yield from sender_lines(settings)
    if settings.wire is Wire.SIGNALWIRE:
        yield from OF_SIGNALWIRE
        return
    toll_free = [each for each in numbers if each.number.startswith(TOLL_FREE)]
    for number in toll_free:
        yield _verification(registration, number.number, number.sid)
    if len(toll_free) < len(numbers):
        yield _campaign(registration, plan.service_sid)
    yield _countries(registration, settings)
    for code in plan.short_codes:
        words = f"{code}: its provider must send its texts to {settings.public_base_url}/sms"
        yield Line("short code", words, Grade.ADVICE)
    yield from LISTS


def _verification(registration: Registration, number: str, sid: str) -> Line:
    try:
        found = registration.toll_free(sid)
    except CarrierError as error:
        return _unreadable(VERIFICATION, error)
    return _standing(VERIFICATION, found, f"{number}: ")


def _campaign(registration: Registration, service_sid: str) -> Line:
    if not service_sid:
        words = (
            "a campaign belongs to a Messaging Service, and TWILIO_MESSAGING_SERVICE_SID is empty, so we can't check whether "
            f"the number is registered; carriers drop texts from an unregistered number. {FORMS}"
        )
        return Line(CAMPAIGN, words, Grade.ADVICE)
    try:
        found = registration.campaign(service_sid)
    except CarrierError as error:
        return _unreadable(CAMPAIGN, error)
    return _standing(CAMPAIGN, found)


def _standing(name: str, found: Registered, of: str = "") -> Line:
    match found.standing:
        case Standing.APPROVED:
            return Line(name)
        case Standing.REJECTED:
            code = f" ({found.code}, see twilio.com/docs/api/errors/{found.code})" if found.code else ""
            words = f"the application was rejected{code}; correct it and apply again. {FORMS}"
        case Standing.NONE | Standing.WAITS:
            words = WORDS[found.standing]
    return Line(name, f"{of}{words}", Grade.WRONG)


def _countries(registration: Registration, settings: Settings) -> Line:
    """Check the geo permissions; the territories of the US have their own."""
    served = [*settings.countries, *(TERRITORIES if "US" in settings.countries else ())]
    try:
        closed = [each for each in served if not registration.may_text(each)]
    except CarrierError as error:
        return _unreadable(COUNTRIES, error)
    if not closed:
        return Line(COUNTRIES)
    words = f"texts to {', '.join(closed)} are off, although the line serves them: Messaging, Settings, Geo permissions"
    # A territory that is off may have none of our parents; a country that is off is a failure.
    return Line(COUNTRIES, words, Grade.WRONG if set(closed) & set(settings.countries) else Grade.ADVICE)


def _unreadable(name: str, error: CarrierError) -> Line:
    return Line(name, UNREADABLE.format(error.code or error.status or "no answer"), Grade.ADVICE)
