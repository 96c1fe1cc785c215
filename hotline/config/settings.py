"""The operator's settings, read once from the environment into a frozen Settings.

Rule 1: all problems are reported at once, each with its name, the problem and the fix.
Rule 2: any setting NAME may be read from the file that NAME_FILE names, as is usual for secrets in
        containers.
Rule 3: a value that could be a secret is never in a message or in `repr`.
Rule 4: `.env.example` lists every setting; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from zoneinfo import ZoneInfo

from hotline.config import notify, setting_types, url_types
from hotline.config.countries import DEFAULT, is_of, read_countries
from hotline.config.given import HIDDEN, Given, SettingsError, is_given
from hotline.config.notify import SUBMISSION_PORT, Notify, Smtp
from hotline.config.office_hours import COUNTRY, Span, read_calendar, read_spans
from hotline.config.redis_address import Kind, RedisAddress
from hotline.config.schemes import number_of, scheme_of
from hotline.config.wires import Wire, wire_of

__all__ = ["HIDDEN", "OWN_FLOWS", "Settings", "SettingsError", "as_written", "flows_folder", "is_given"]

OWN_FLOWS: Final = Path(__file__).resolve().parent.parent.parent / "flows"

US_NUMBER_LENGTH: Final = len("+15105550199")

TOLL_FREE: Final = tuple(f"+1{code}" for code in ("800", "833", "844", "855", "866", "877", "888"))
TOLL_FREE_PACE, LONG_CODE_PACE = 3, 1
"""Segments per second that US carriers accept from a number by default."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, validated. Create them with `Settings.read(os.environ)`.

    URLs have no trailing slash. `twilio_api_base_url` is empty for Twilio itself. `twilio_api_key` and
    `twilio_api_secret` are both set or both empty. `staff_number` requires `office_hours`, which may be set
    without it for `notify`. Hours, holidays and the staff number are defaults that the desk overrides
    (`store.in_force`). Without `desk_password` there is no desk until there is an account.
    """

    public_base_url: str
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    twilio_auth_token_previous: str = field(repr=False)
    twilio_webhook_keys: tuple[str, ...] = field(repr=False)
    twilio_api_key: str
    twilio_api_secret: str = field(repr=False)
    twilio_api_base_url: str
    twilio_messaging_service_sid: str
    whatsapp_templates: tuple[tuple[str, str], ...]
    hotline_numbers: tuple[str, ...]
    segments_per_second: int | None
    segments_per_hour_per_number: int
    segments_per_day_per_number: int
    segments_per_day: int
    new_numbers_per_hour: int
    cents_per_segment: float
    cents_per_call_minute: float
    countries: tuple[str, ...]
    hotline_secret: str = field(repr=False)
    seal_secret: str = field(repr=False)
    seal_secret_previous: str = field(repr=False)
    redis_url: str = field(repr=False)
    queue_redis_url: str = field(repr=False)
    redis_is_durable: bool
    flows_dir: Path
    flows_overlay: Path | None
    books_dir: Path | None
    hotline_name: str
    center_name: str
    center_phone: str
    time_zone: ZoneInfo
    office_hours: tuple[Span, ...]
    holidays: str
    staff_number: str
    desk_password: str = field(repr=False)
    metrics_token: str = field(repr=False)
    notify: Notify
    stale_translations: str
    sms_plain_accents: bool
    clock_file: Path | None
    host: str
    port: int
    web_processes: int
    log_level: str
    log_format: str
    otel_exporter_otlp_endpoint: str
    sentry_dsn: str = field(repr=False)

    @property
    def wire(self) -> Wire:
        """The carrier whose wire format we speak."""
        return wire_of(self.twilio_account_sid)

    @property
    def sender(self) -> str:
        """The number that our texts are sent from: the first phone number in HOTLINE_NUMBER, else its first address."""
        numbers = (each for each in self.hotline_numbers if not scheme_of(each))
        return next(numbers, self.hotline_numbers[0])

    @property
    def pace(self) -> int:
        """The send rate for texts that we initiate, in segments per second across all workers."""
        usual = TOLL_FREE_PACE if self.sender.startswith(TOLL_FREE) else LONG_CODE_PACE
        return self.segments_per_second or usual

    @property
    def center_phone_as_written(self) -> str:
        """The center's number in the usual notation: 510-555-0199."""
        return as_written(self.center_phone)

    def serves(self, number: str) -> bool:
        """Check whether the line serves this number in E.164.

        It must be from one of `countries`, and not one of the hotline's own, or the line would talk to itself.
        """
        ours = (number_of(each) for each in self.hotline_numbers)
        return number not in ours and is_of(number, self.countries)

    @property
    def names(self) -> dict[str, str]:
        """Values of the placeholders in the flows.

        {hotline} is the line, {person} the contact, and {letters} the URL of the printable letters.
        """
        return {
            "hotline": self.hotline_name,
            "person": f"{self.center_name}, {self.center_phone_as_written}",
            "letters": f"{self.public_base_url}/letters",
        }

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings in this environment. Raises SettingsError with all problems."""
        given = Given(environ)
        redis_url = given.one("REDIS_URL", setting_types.redis_url)
        segments = setting_types.whole_number(1, setting_types.MOST_SEGMENTS)
        settings = cls(
            public_base_url=given.one("PUBLIC_BASE_URL", url_types.web_url),
            twilio_account_sid=given.one(
                "TWILIO_ACCOUNT_SID",
                setting_types.account_sid,
            ),
            twilio_auth_token=given.one("TWILIO_AUTH_TOKEN", str),
            twilio_auth_token_previous=given.one("TWILIO_AUTH_TOKEN_PREVIOUS", str, ""),
            twilio_webhook_keys=given.one("TWILIO_WEBHOOK_KEY", setting_types.keys, ()),
            twilio_api_key=given.one(
                "TWILIO_API_KEY",
                setting_types.matching(setting_types.API_KEY_SID, "SK and 32 hex digits"),
                "",
            ),
            twilio_api_secret=given.one("TWILIO_API_SECRET", str, ""),
            twilio_api_base_url=given.one("TWILIO_API_BASE_URL", url_types.web_url, ""),
            twilio_messaging_service_sid=given.one(
                "TWILIO_MESSAGING_SERVICE_SID",
                setting_types.messaging_service,
                "",
            ),
            whatsapp_templates=given.one("WHATSAPP_TEMPLATES", setting_types.templates, ()),
            hotline_numbers=given.one("HOTLINE_NUMBER", setting_types.numbers),
            segments_per_second=given.one(
                "SEGMENTS_PER_SECOND", setting_types.whole_number(1, setting_types.FASTEST_PACE), None
            ),
            segments_per_hour_per_number=given.one("SEGMENTS_PER_HOUR_PER_NUMBER", segments, 400),
            segments_per_day_per_number=given.one("SEGMENTS_PER_DAY_PER_NUMBER", segments, 1200),
            segments_per_day=given.one("SEGMENTS_PER_DAY", segments, 10_000),
            new_numbers_per_hour=given.one("NEW_NUMBERS_PER_HOUR", segments, 20),
            cents_per_segment=given.one("CENTS_PER_SEGMENT", setting_types.cents, 1.2),
            cents_per_call_minute=given.one("CENTS_PER_CALL_MINUTE", setting_types.cents, 0.9),
            countries=given.one("COUNTRIES", read_countries, DEFAULT),
            hotline_secret=given.one("HOTLINE_SECRET", setting_types.secret),
            seal_secret=given.one("SEAL_SECRET", setting_types.secret, ""),
            seal_secret_previous=given.one("SEAL_SECRET_PREVIOUS", setting_types.secret, ""),
            redis_url=redis_url,
            queue_redis_url=given.one("QUEUE_REDIS_URL", setting_types.queue_redis_url, redis_url),
            redis_is_durable=given.one("REDIS_IS_DURABLE", setting_types.one_of("yes", "no"), "no") == "yes",
            flows_dir=given.one("FLOWS_DIR", setting_types.folder, OWN_FLOWS),
            flows_overlay=given.one("FLOWS_OVERLAY", setting_types.file, None),
            books_dir=given.one("BOOKS_DIR", Path, None),
            hotline_name=given.one("HOTLINE_NAME", setting_types.name, "Parent Hotline"),
            center_name=given.one("CENTER_NAME", setting_types.name),
            center_phone=given.one("CENTER_PHONE", setting_types.number),
            time_zone=given.one("TIME_ZONE", setting_types.time_zone, ZoneInfo("America/New_York")),
            office_hours=given.one("OFFICE_HOURS", read_spans, ()),
            holidays=given.one("HOLIDAYS", read_calendar, COUNTRY),
            staff_number=given.one("STAFF_NUMBER", setting_types.number, ""),
            desk_password=given.one("DESK_PASSWORD", setting_types.password, ""),
            metrics_token=given.one("METRICS_TOKEN", setting_types.token, ""),
            notify=_notify(given),
            stale_translations=given.one(
                "STALE_TRANSLATIONS", setting_types.one_of("earlier", "english"), "earlier"
            ),
            sms_plain_accents=given.one("SMS_PLAIN_ACCENTS", setting_types.one_of("yes", "no"), "no")
            == "yes",
            clock_file=given.one("CLOCK_FILE", Path, None),
            host=given.one("HOST", setting_types.host, "127.0.0.1"),
            port=given.one("PORT", setting_types.whole_number(1, 65535), 8000),
            web_processes=given.one(
                "WEB_PROCESSES", setting_types.whole_number(1, setting_types.MOST_WEB_PROCESSES), 2
            ),
            log_level=given.one("LOG_LEVEL", setting_types.log_level, "info"),
            log_format=given.one("LOG_FORMAT", setting_types.log_format, "auto"),
            otel_exporter_otlp_endpoint=given.one("OTEL_EXPORTER_OTLP_ENDPOINT", url_types.collector_url, ""),
            sentry_dsn=given.one("SENTRY_DSN", url_types.dsn, ""),
        )
        if problems := (*given.problems, *_mismatches(settings)):
            raise SettingsError(problems)
        return settings


def as_written(number: str) -> str:
    """Return a US number in E.164 as 510-555-0199, and any other number unchanged."""
    number = number_of(number)
    if number.startswith("+1") and len(number) == US_NUMBER_LENGTH:
        return f"{number[2:5]}-{number[5:8]}-{number[8:]}"
    return number


def _mismatches(settings: Settings) -> tuple[str, ...]:
    """Return the conflicts between settings. A setting that is itself invalid is None."""
    key_and_secret = (settings.twilio_api_key, settings.twilio_api_secret)
    problems = []
    if _half_set(key_and_secret):
        problems.append("TWILIO_API_KEY and TWILIO_API_SECRET: set both or neither")
    alone = bool(settings.office_hours) and settings.notify.is_set  # hours for notices, with no phone to ring
    if not alone and _half_set((settings.office_hours, settings.staff_number)):
        problems.append(
            "OFFICE_HOURS and STAFF_NUMBER: set both, to transfer calls in those hours, or neither"
        )
    if settings.staff_number and settings.staff_number in (settings.hotline_numbers or ()):
        problems.append("STAFF_NUMBER is one of HOTLINE_NUMBER: the line would call itself")
    queue = settings.queue_redis_url
    if queue and RedisAddress.read(queue).kind is Kind.CLUSTER:
        problems.append(
            f"QUEUE_REDIS_URL is not set; with a cluster in REDIS_URL it must be {setting_types.ONE_FOR_THE_QUEUE}: the "
            "queue (RQ) cannot run on a cluster. It holds only ids, and may lose them"
        )
    more = notify.problems(settings.notify, settings.hotline_numbers)
    return (*problems, *more, *_of_wire(settings))


def _of_wire(settings: Settings) -> Iterator[str]:
    """Yield the problems with settings that SignalWire requires and Twilio does not."""
    if wire_of(settings.twilio_account_sid or "") is Wire.TWILIO:
        return
    if not settings.twilio_api_base_url:
        yield "TWILIO_API_BASE_URL is not set; with SignalWire it must be your space: https://SPACE.signalwire.com"
    if not settings.twilio_webhook_keys:
        yield (
            "TWILIO_WEBHOOK_KEY is not set; with SignalWire it must be the signing key, which its dashboard shows under "
            "API Credentials"
        )


def _half_set(pair: tuple[object, object]) -> bool:
    one, other = (value is None or bool(value) for value in pair)
    return one != other


def flows_folder(environ: Mapping[str, str]) -> Path:
    """Return FLOWS_DIR without reading other settings. Raises SettingsError."""
    given = Given(environ)
    folder = given.one("FLOWS_DIR", setting_types.folder, OWN_FLOWS)
    if given.problems:
        raise SettingsError(tuple(given.problems))
    return folder


def flows_overlay(environ: Mapping[str, str]) -> Path | None:
    """Return FLOWS_OVERLAY without reading other settings, None if it is empty. Raises SettingsError."""
    given = Given(environ)
    file = given.one("FLOWS_OVERLAY", setting_types.file, None)
    if given.problems:
        raise SettingsError(tuple(given.problems))
    return file


def _notify(given: Given) -> Notify:
    """Return the settings in NOTIFY_* and SMTP_*."""
    user = given.one("SMTP_USER", str, "")
    emails = given.one("NOTIFY_EMAIL", notify.mail_addresses, ())
    usual_sender = user if user and notify.MAIL_ADDRESS.fullmatch(user) else next(iter(emails or ()), "")
    smtp = Smtp(
        host=given.one("SMTP_HOST", notify.mail_host, ""),
        port=given.one("SMTP_PORT", setting_types.whole_number(1, 65535), SUBMISSION_PORT),
        user=user,
        password=given.one("SMTP_PASSWORD", str, ""),
        starttls=given.one("SMTP_STARTTLS", setting_types.one_of("yes", "no"), "yes") == "yes",
        sender=given.one("SMTP_FROM", notify.mail_address, usual_sender),
    )
    numbers = given.one("NOTIFY_NUMBERS", notify.numbers, ())
    return Notify(numbers, emails, given.one("NOTIFY_WEBHOOK", notify.webhook_url, ""), smtp)
