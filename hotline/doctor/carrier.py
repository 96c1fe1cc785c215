"""Checks of the account, the numbers and senders, and their webhooks at the carrier, against `channels.addresses`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from hotline.carrier.account import Account, MessagingService, Number, differences
from hotline.carrier.client import CarrierError
from hotline.carrier.errors import REFUSED_LOGIN, why
from hotline.channels.addresses import TEXT_FALLBACK
from hotline.config.schemes import RCS, WHATSAPP, scheme_of
from hotline.config.settings import Settings
from hotline.config.wires import Wire
from hotline.doctor.lines import WELL, Grade, Line, judged

ACCOUNT, SERVICE, NUMBER, WEBHOOKS = "account", "service", "number", "addresses"

AWAY: Final = "the carrier does not answer; check its status page, this machine's internet access and TWILIO_API_BASE_URL"

CONSOLE: Final = "in the Twilio console, Phone Numbers, Active numbers"

NEEDED: Final = {"sms": "texts", "voice": "calls"}


def lines(settings: Settings) -> Iterator[Line]:
    """Yield the results of the checks at the carrier; if it refuses us, end with that refusal."""
    account = Account(settings)
    try:
        yield state(*account.state())
        service: MessagingService | None = None
        if settings.wire is Wire.SIGNALWIRE:
            yield from _of_signalwire(settings)
        elif sid := settings.twilio_messaging_service_sid:
            service = account.service(sid)
            yield Line(SERVICE)
        for number in settings.hotline_numbers:
            yield from _number_lines(settings, account, number, service)
        yield from sender_lines(settings)
    except CarrierError as error:
        yield refused(error, settings)


def _of_signalwire(settings: Settings) -> Iterator[Line]:
    """Yield what differs from Twilio, most of which can be checked only by a person in the dashboard."""
    message = "check in SignalWire's dashboard, Messaging, Campaign Registry, that the number is in an approved campaign"
    yield Line("registration", message, Grade.ADVICE)
    if any(map(scheme_of, settings.hotline_numbers)):
        message = (
            "SignalWire carries neither WhatsApp nor RCS; remove them from HOTLINE_NUMBER, or use Twilio"
        )
        yield Line(NUMBER, message, Grade.WRONG)
    if settings.twilio_messaging_service_sid:
        message = "SignalWire's number groups are not checked here; check in its dashboard that the numbers are in the group"
        yield Line(SERVICE, message, Grade.ADVICE)


def refused(error: CarrierError, settings: Settings) -> Line:
    """Return the meaning of a carrier's refusal, with the fix."""
    if not error.status or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Line(ACCOUNT, AWAY, Grade.WRONG)
    if error.status == HTTPStatus.NOT_FOUND:
        among = "TWILIO_ACCOUNT_SID and TWILIO_MESSAGING_SERVICE_SID"
        named = among if settings.twilio_messaging_service_sid else "TWILIO_ACCOUNT_SID"
        return Line(
            ACCOUNT, f"the carrier has no such account or service ({error.code}); check {named}", Grade.WRONG
        )
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        key = (
            "; a restricted key needs permission to read the account and its numbers"
            if settings.twilio_api_key
            else ""
        )
        message = f"the carrier refuses us ({error.code or error.status}): {REFUSED_LOGIN}, and TWILIO_ACCOUNT_SID{key}"
        return Line(ACCOUNT, message, Grade.WRONG)
    return Line(ACCOUNT, f"the carrier refuses us: {why(error.code)}", Grade.WRONG)


def state(status: str, kind: str) -> Line:
    """Return the meaning of the status and type of our account."""
    if status != "active":
        message = f"the account is {status}: nothing is sent or received; see the billing page in the Twilio console"
        return Line(ACCOUNT, message, Grade.WRONG)
    if kind.lower() == "trial":
        message = "a trial account reaches only verified numbers, and says so in each text; upgrade it in the Twilio console"
        return Line(ACCOUNT, message, Grade.WRONG)
    return Line(ACCOUNT)


def _number_lines(
    settings: Settings, account: Account, number: str, service: MessagingService | None
) -> Iterator[Line]:
    if scheme_of(number):
        return  # `sender_lines` reports on it
    if not number.startswith("+"):
        message = f"{number} is a short code; check in the Twilio console that its texts go to {settings.public_base_url}/sms"
        yield Line(NUMBER, message, Grade.ADVICE)
        return
    found, problem = owned(account, number)
    yield judged(NUMBER, problem or WELL)
    if found is None:
        return
    if service and found.sid not in service.senders:
        message = (
            f"{number} is not a sender of the Messaging Service, which sends nothing from it; `hotline connect` adds it, or "
            "remove TWILIO_MESSAGING_SERVICE_SID"
        )
        yield Line(SERVICE, message, Grade.WRONG)
        service = None  # the number's own webhooks apply
    wrong = tuple(_differences(found, service.webhooks if service else {}, settings.public_base_url))
    for message in wrong:
        yield Line(WEBHOOKS, f"{number}: {message}", Grade.WRONG)
    if not wrong:
        yield Line(WEBHOOKS)


def owned(account: Account, number: str) -> tuple[Number | None, str]:
    """Return one of HOTLINE_NUMBER at the carrier, None if it is not in the account, and the problem with it, if any."""
    found = account.number(number)
    if found is None:
        return None, (
            f"HOTLINE_NUMBER {number} is not a number of this account; correct it, or buy or move it there"
        )
    lacks = [words for name, words in NEEDED.items() if not found.capabilities.get(name)]
    problem = f"{number} supports no {' and no '.join(lacks)}; choose a number that supports both"
    return found, problem if lacks else ""


def _differences(found: Number, in_service: Mapping[str, str], base_url: str) -> Iterator[str]:
    """Yield how the webhooks of a number, or those of its Messaging Service, differ from ours."""
    for other in found.elsewhere:
        yield f"a {other} handles it instead of its webhooks; remove it {CONSOLE}"
    for difference in differences(found, in_service, base_url):
        where = "in the Messaging Service, Integration" if difference.in_service else CONSOLE
        yield f"{difference}; `hotline connect` sets {difference.address.url}, or set it {where}"


NAMES: Final = {WHATSAPP: "WhatsApp", RCS: "RCS"}
WHERE: Final = {
    WHATSAPP: "Messaging, Senders, WhatsApp senders",
    RCS: "Messaging, Senders, RCS senders, or in its Messaging Service",
}
LANGUAGES: Final = ("en", "es")


def sender_lines(settings: Settings) -> Iterator[Line]:
    """Yield a line for each WhatsApp or RCS sender of HOTLINE_NUMBER; nothing if there is none."""
    senders = [each for each in settings.hotline_numbers if scheme_of(each)]
    for sender in senders:
        name, where = NAMES[scheme_of(sender)], WHERE[scheme_of(sender)]
        finding = (
            f"{sender}: check in the Twilio console, {where}, that incoming messages are posted to "
            f"{settings.public_base_url}/sms, with the fallback {settings.public_base_url}{TEXT_FALLBACK}"
        )
        yield Line(name, finding, Grade.ADVICE)
    if senders and len(senders) == len(settings.hotline_numbers):
        finding = (
            "HOTLINE_NUMBER has no phone number, so no one can call the line, and parents with only an old phone can't text "
            "it; add one in front of the others, with a comma"
        )
        yield Line("calls", finding, Grade.WRONG)
    if any(scheme_of(each) == WHATSAPP for each in senders):
        yield from _templates(settings)
    elif settings.whatsapp_templates:
        finding = (
            "WHATSAPP_TEMPLATES has no effect without a WhatsApp sender: add whatsapp:+... to HOTLINE_NUMBER"
        )
        yield Line("templates", finding, Grade.ADVICE)


def _templates(settings: Settings) -> Iterator[Line]:
    """Check that planned texts can be sent after WhatsApp's 24-hour window."""
    lacks = [language for language in LANGUAGES if language not in dict(settings.whatsapp_templates)]
    if not lacks:
        yield Line("templates")
        return
    finding = (
        f"WHATSAPP_TEMPLATES has none for {', '.join(lacks)}: 24 hours after a parent's last message WhatsApp accepts only "
        "templates, so reminders wait until the parent writes again, for at most 14 days. docs/operate.md has the text to submit"
    )
    yield Line("templates", finding, Grade.WRONG)
