"""Checks of WhatsApp and RCS senders: their limits, missing settings, and what must be set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hotline.channels.addresses import TEXT_FALLBACK
from hotline.config.schemes import RCS, WHATSAPP, scheme_of
from hotline.config.settings import Settings
from hotline.doctor.lines import Grade, Line

NAMES: Final = {WHATSAPP: "WhatsApp", RCS: "RCS"}
WHERE: Final = {
    WHATSAPP: "Messaging, Senders, WhatsApp senders",
    RCS: "Messaging, Senders, RCS senders, or in its Messaging Service",
}
LANGUAGES: Final = ("en", "es")


def lines(settings: Settings) -> Iterator[Line]:
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
