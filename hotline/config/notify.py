"""The center's targets for notices about waiting parents, and the mail server: NOTIFY_* and SMTP_*.

A notice contains no data about a parent (`workers.notify_delivery`), so one sent to the wrong phone or mailbox
reveals nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from hotline.config import setting_types
from hotline.config.given import group, setting
from hotline.config.setting_types import number
from hotline.config.url_types import is_host, is_loopback, is_private, split

SUBMISSION_PORT: Final = 587
"""RFC 6409: mail submission by authenticated clients, with STARTTLS."""

TLS_PORT: Final = 465
"""RFC 8314: mail submission over implicit TLS."""

MOST: Final = 10
"""Maximum numbers, and maximum addresses: more than a center of five people needs."""

MAIL_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+")
"""Plain addresses: no character can end a header or a command."""

HOST_NAME: Final = re.compile(r"[A-Za-z0-9.:-]{1,253}")


def numbers(value: str) -> tuple[str, ...]:
    """Parse NOTIFY_NUMBERS. Raise ValueError, as in `setting_types`."""
    return _few(tuple(number(one.strip()) for one in value.split(",")))


def mail_addresses(value: str) -> tuple[str, ...]:
    """Parse NOTIFY_EMAIL. Raise ValueError."""
    return _few(tuple(mail_address(one.strip()) for one in value.split(",")))


def mail_address(value: str) -> str:
    """Return the value if it is one mail address. Raise ValueError."""
    if not MAIL_ADDRESS.fullmatch(value):
        raise ValueError("must be a mail address such as desk@center.example.org, or several with commas")
    return value


def mail_host(value: str) -> str:
    """Return the value if it is a valid SMTP_HOST. Raise ValueError."""
    if not (HOST_NAME.fullmatch(value) and is_host(value)):
        raise ValueError("must be the name of a mail server, such as smtp.example.org")
    return value


def webhook_url(value: str) -> str:
    """Return the value if it is a valid NOTIFY_WEBHOOK, which may contain a secret. Raise ValueError."""
    right = "must be an https address such as https://chat.example.org/hooks/abc (http only for this machine)"
    url = split(value, right)
    if not is_private(url) or "@" in url.netloc or url.fragment or not value.isprintable():
        raise ValueError(right)
    return value


def _few(found: tuple[str, ...]) -> tuple[str, ...]:
    if len(found) > MOST:
        raise ValueError(f"must be at most {MOST}")
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server, and the From address `sender`.

    An empty `host` means no server, and an empty `user` means no login.
    """

    host: str = setting("SMTP_HOST", mail_host, "")
    port: int = setting("SMTP_PORT", setting_types.port, SUBMISSION_PORT)
    user: str = setting("SMTP_USER", setting_types.login, "")
    password: str = setting("SMTP_PASSWORD", setting_types.login, "", secret=True)
    starttls: bool = setting("SMTP_STARTTLS", setting_types.yes_or_no, default=True)
    sender: str = setting("SMTP_FROM", mail_address, "")

    @property
    def encrypted(self) -> bool:
        """Whether the password is safe in transit: encrypted, or sent to this machine only."""
        return self.starttls or self.port == TLS_PORT or is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Notify:
    """Targets of notices: numbers by text, addresses by email, and one webhook URL."""

    numbers: tuple[str, ...] = setting("NOTIFY_NUMBERS", numbers, ())
    emails: tuple[str, ...] = setting("NOTIFY_EMAIL", mail_addresses, ())
    webhook: str = setting("NOTIFY_WEBHOOK", webhook_url, "", secret=True)
    smtp: Smtp = group(Smtp)

    @property
    def is_set(self) -> bool:
        """Whether there is any target."""
        return bool(self.numbers or self.emails or self.webhook)


def with_sender(notify: Notify) -> Notify:
    """Return the targets with a From address: SMTP_FROM, or else SMTP_USER or the first address of NOTIFY_EMAIL."""
    smtp = notify.smtp
    if smtp.sender != "":
        return notify
    user = smtp.user if smtp.user and MAIL_ADDRESS.fullmatch(smtp.user) else ""
    return replace(notify, smtp=replace(smtp, sender=user or next(iter(notify.emails or ()), "")))


def problems(notify: Notify, hotline_numbers: tuple[str, ...]) -> list[str]:
    """Return the conflicts between settings. A setting that is itself invalid is None and already reported."""
    found = []
    if set(notify.numbers or ()) & set(hotline_numbers or ()):
        found.append("NOTIFY_NUMBERS has one of HOTLINE_NUMBER: the line would text itself")
    if notify.emails and notify.smtp.host == "":
        found.append("NOTIFY_EMAIL needs SMTP_HOST, the mail server to send through")
    if (notify.smtp.user == "") != (notify.smtp.password == ""):
        found.append("SMTP_USER and SMTP_PASSWORD: set both or neither")
    if notify.smtp.host and notify.smtp.password and not notify.smtp.encrypted:
        found.append(
            "SMTP_STARTTLS=no would send SMTP_PASSWORD in the clear; set it to yes, or SMTP_PORT=465"
        )
    return found
