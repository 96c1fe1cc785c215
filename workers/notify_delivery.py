"""Delivers one notice to one target: a text from our number, an email, or a POST to a webhook.

NotDelivered
  why a target refused, in our own wording, which says how to fix it. A mail server's or webhook's response is
  never repeated because it may quote addresses.
NotNow
  our own send rate is used up; nothing is wrong

Rule 1: a notice contains no personal data, only how many parents wait, in which languages, and the desk's address. It
        passes through mail servers, carriers and shared screens; who is waiting is shown only on the desk.
Rule 2: a notice whose delivery is uncertain is sent again: a duplicate is better than none.
Rule 3: a password is sent only over TLS (`config.notify` enforces it), to a server whose certificate was
        verified.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlencode

import requests
from babel import Locale, UnknownLocaleError
from redis import Redis

from hotline.carrier.errors import DeliveryError, Verdict, why
from hotline.carrier.messages import Messages
from hotline.channels.twiml import Asked, with_retries
from hotline.config.notify import TLS_PORT, Smtp
from hotline.config.settings import Settings
from hotline.conversation.model import segments
from hotline.conversation.model.events import ReachBy
from hotline.store.metrics import add_safely
from hotline.store.notices import Occasion, Target, Way
from hotline.store.requests import Request
from hotline.store.send_rate import Go, Refused, Sending, Wait
from hotline.store.usage import FIGURE

SECONDS = 5
"""Timeout of each mail server step and of a webhook; a job has a minute for all targets."""

STATUS_PATH = "/status/notice"


class NotDelivered(Exception):
    """The target was not notified; the message tells an operator why."""


class NotNow(Exception):
    """The target may be notified after `time`."""

    def __init__(self, time: timedelta) -> None:
        self.time = time
        super().__init__("pace")


class Delivery:
    """Dependencies of notice delivery. One per process."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.settings, self.redis = settings, redis
        self.messages, self.sending = Messages(settings), Sending(redis)

    def deliver(self, notice: Notice, id: str, target: Target, now: datetime) -> None:
        """Deliver the notice with this id to a target. Raises NotDelivered, NotNow and StoreBusy."""
        match target.way:
            case Way.TEXT:
                self._text(notice, id, target, now)
            case Way.EMAIL:
                self._email(notice, target, now)
            case Way.WEBHOOK:
                _post(notice, target)

    def _text(self, notice: Notice, id: str, target: Target, now: datetime) -> None:
        match self.sending.ask(segments.count(notice.text), self.settings.pace, now):
            case Wait(time=time):
                raise NotNow(time)
            case Refused(code=code):
                raise NotDelivered(f"the carrier refuses our account: {why(code)}")
            case Go():
                pass
        status = (
            f"{self.settings.public_base_url}{STATUS_PATH}?{urlencode({'notice': id, 'target': target.mark})}"
        )
        try:
            self.messages.send(target.address, notice.text, with_retries(status, Asked.STATUS))
        except DeliveryError as error:
            self._learn(error, now)
            raise NotDelivered(_carrier_says(error)) from None
        self.sending.accepted()
        today = now.astimezone(self.settings.time_zone).date()
        add_safely(self.redis, {FIGURE: segments.count(notice.text)}, today)

    def _learn(self, error: DeliveryError, now: datetime) -> None:
        """Apply what a carrier error means for all texts we send. Raises NotNow if we send too fast."""
        if error.verdict is Verdict.SLOW:
            raise NotNow(self.sending.pause()) from None
        if error.verdict is Verdict.STOP:
            self.sending.refuse(error.code, now)

    def _email(self, notice: Notice, target: Target, now: datetime) -> None:
        mail, smtp = EmailMessage(), self.settings.notify.smtp
        mail["From"], mail["To"], mail["Subject"] = smtp.sender, target.address, notice.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = make_msgid(domain=smtp.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents out-of-office replies
        mail.set_content(f"{notice.text}\n")
        try:
            with closing(_connected(smtp)) as server:
                if smtp.user:
                    server.login(smtp.user, smtp.password)
                server.send_message(mail)
                with suppress(smtplib.SMTPException):  # the mail was accepted, whatever comes now
                    server.quit()
        except (smtplib.SMTPException, OSError) as error:
            says = next(words for kind, words in MAIL_SERVER_SAYS if isinstance(error, kind))
            raise NotDelivered(says) from None


def _connected(smtp: Smtp) -> smtplib.SMTP:
    """Connect to the mail server, with TLS if configured. Raises SMTPException and OSError."""
    context = ssl.create_default_context()
    if smtp.port == TLS_PORT:
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=SECONDS)
    try:
        if smtp.starttls:
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _post(notice: Notice, target: Target) -> None:
    try:
        answer = requests.post(
            target.address,
            json=notice.posted,
            timeout=SECONDS,
            allow_redirects=False,  # post only to the configured address
            stream=True,  # never read the response body, which may be long
        )
        answer.close()
    except requests.RequestException:
        raise NotDelivered("the webhook does not answer; check NOTIFY_WEBHOOK") from None
    if not 200 <= answer.status_code < 300:
        raise NotDelivered(f"the webhook answers {answer.status_code}; check NOTIFY_WEBHOOK")


def _carrier_says(error: DeliveryError) -> str:
    match error.verdict:
        case Verdict.OPTED_OUT:
            return "that phone said STOP to us; text START from it to HOTLINE_NUMBER"
        case Verdict.UNKNOWN | Verdict.LATER if not error.code:
            return "the carrier does not answer"
        case _:
            return f"the carrier refuses the text: {why(error.code)}"


MAIL_SERVER_SAYS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "the mail server refuses our login; check SMTP_USER and SMTP_PASSWORD"),
    (smtplib.SMTPRecipientsRefused, "the mail server accepts no mail for that address; check NOTIFY_EMAIL"),
    (smtplib.SMTPSenderRefused, "the mail server accepts no mail from us; check SMTP_FROM and SMTP_USER"),
    (
        smtplib.SMTPNotSupportedError,
        "the mail server has no STARTTLS or login; check SMTP_PORT and SMTP_STARTTLS",
    ),
    (ssl.SSLError, "the mail server's certificate or TLS is wrong; check SMTP_HOST and SMTP_PORT"),
    (smtplib.SMTPResponseException, "the mail server refuses the mail; look at its log"),
    (smtplib.SMTPException, "the mail server closed the connection; check SMTP_HOST and SMTP_PORT"),
    (OSError, "the mail server does not answer; check SMTP_HOST and SMTP_PORT"),
)
"""Message by exception type; the first match counts. SMTPException is an OSError."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    `languages` counts the parents by language: its code or, if we do not speak it, its name. `by_text` counts those who
    want a text and no call, `urgent` those with signs of danger.
    """

    hotline: str
    occasion: Occasion
    languages: tuple[tuple[str, int], ...]
    by_text: int
    urgent: int
    desk: str

    @property
    def count(self) -> int:
        """The number of parents who wait."""
        return sum(count for _, count in self.languages)

    @property
    def happened(self) -> str:
        """The event in a phrase, such as "2 parents wait"."""
        one = self.count == 1
        match self.occasion:
            case Occasion.NEW:
                return "1 parent waits" if one else f"{self.count} parents wait"
            case Occasion.WAITED:
                who = "1 parent has" if one else f"{self.count} parents have"
                return f"{who} waited one working day"

    @property
    def text(self) -> str:
        """The text, such as "1 parent waits, in Spanish. Desk: https://hotline.example.org/desk"."""
        if self.count == 1:
            languages = f", in {_name(self.languages[0][0])}"
        else:
            languages = ": " + ", ".join(f"{count} in {_name(code)}" for code, count in self.languages)
        wants = "1 wants" if self.by_text == 1 else f"{self.by_text} want"
        by_text = f" {wants} a text, no call." if self.by_text else ""
        danger = f" {self.urgent} may be in danger." if self.urgent else ""
        return f"{self.happened}{languages}.{danger}{by_text} Desk: {self.desk}"

    @property
    def subject(self) -> str:
        """The subject line of an email."""
        return f"{self.hotline}: {self.happened}"

    @property
    def posted(self) -> dict[str, str | int | dict[str, int]]:
        """The JSON payload for a webhook. Chat services show `text`."""
        return {
            "event": f"requests_{self.occasion}",
            "count": self.count,
            "languages": dict(self.languages),
            "by_text": self.by_text,
            "urgent": self.urgent,
            "text": self.text,
            "desk": self.desk,
        }


def notice_of(hotline: str, occasion: Occasion, requests: Iterable[Request], desk: str) -> Notice:
    """Return the notice for these requests."""
    found = list(requests)
    languages = Counter(request.tongue or request.language for request in found)
    by_text = sum(request.by is ReachBy.TEXT for request in found)
    urgent = sum(request.urgent for request in found)
    return Notice(hotline, occasion, tuple(languages.most_common()), by_text, urgent, desk)


def _name(code: str) -> str:
    try:
        return Locale.parse(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return "another language"
