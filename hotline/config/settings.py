"""The operator's settings, read once from the environment into a frozen Settings.

Rule 1: all problems are reported at once, each with its name, the problem and the fix.
Rule 2: `.env.example` lists every setting; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from hotline.config import notify, setting_types, url_types
from hotline.config.countries import DEFAULT, is_of, read_countries
from hotline.config.given import Given, Required, SettingsError, group, setting, settings_of
from hotline.config.notify import Notify
from hotline.config.office_hours import COUNTRY, Span, read_calendar, read_spans
from hotline.config.redis_address import RedisAddress, Topology
from hotline.config.schemes import number_of, scheme_of
from hotline.config.wires import Wire, wire_of

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

    public_base_url: str = setting(
        "PUBLIC_BASE_URL",
        url_types.web_url,
        Required("must be the URL at which Twilio reaches this service, such as https://hotline.example.org"),
    )
    twilio_account_sid: str = setting(
        "TWILIO_ACCOUNT_SID",
        setting_types.account_sid,
        Required(
            "must be the account's SID from the Twilio console: AC and 32 hex digits (SignalWire: the Project ID)"
        ),
    )
    twilio_auth_token: str = setting(
        "TWILIO_AUTH_TOKEN",
        setting_types.login,
        Required("must be the account's auth token from the Twilio console"),
        secret=True,
    )
    twilio_auth_token_previous: str = setting("TWILIO_AUTH_TOKEN_PREVIOUS", str, "", secret=True)
    twilio_webhook_keys: tuple[str, ...] = setting("TWILIO_WEBHOOK_KEY", setting_types.keys, (), secret=True)
    twilio_api_key: str = setting("TWILIO_API_KEY", setting_types.api_key, "")
    twilio_api_secret: str = setting("TWILIO_API_SECRET", setting_types.login, "", secret=True)
    twilio_api_base_url: str = setting("TWILIO_API_BASE_URL", url_types.web_url, "")
    twilio_messaging_service_sid: str = setting(
        "TWILIO_MESSAGING_SERVICE_SID", setting_types.messaging_service, ""
    )
    whatsapp_templates: tuple[tuple[str, str], ...] = setting(
        "WHATSAPP_TEMPLATES", setting_types.templates, ()
    )
    hotline_numbers: tuple[str, ...] = setting(
        "HOTLINE_NUMBER",
        setting_types.numbers,
        Required("must be the number that parents text and call, such as +15105550100"),
    )
    segments_per_second: int | None = setting("SEGMENTS_PER_SECOND", setting_types.pace, None)
    segments_per_hour_per_number: int = setting("SEGMENTS_PER_HOUR_PER_NUMBER", setting_types.segments, 400)
    segments_per_day_per_number: int = setting("SEGMENTS_PER_DAY_PER_NUMBER", setting_types.segments, 1200)
    segments_per_day: int = setting("SEGMENTS_PER_DAY", setting_types.segments, 10_000)
    new_numbers_per_hour: int = setting("NEW_NUMBERS_PER_HOUR", setting_types.segments, 20)
    cents_per_segment: float = setting("CENTS_PER_SEGMENT", setting_types.cents, 1.2)
    cents_per_call_minute: float = setting("CENTS_PER_CALL_MINUTE", setting_types.cents, 0.9)
    countries: tuple[str, ...] = setting("COUNTRIES", read_countries, DEFAULT)
    hotline_secret: str = setting(
        "HOTLINE_SECRET", setting_types.secret, Required(setting_types.RIGHT_SECRET), secret=True
    )
    seal_secret: str = setting("SEAL_SECRET", setting_types.secret, "", secret=True)
    seal_secret_previous: str = setting("SEAL_SECRET_PREVIOUS", setting_types.secret, "", secret=True)
    redis_url: str = setting(
        "REDIS_URL",
        setting_types.redis_url,
        Required("must be the address of Redis, such as redis://127.0.0.1:6379/0"),
        secret=True,
    )
    queue_redis_url: str = setting("QUEUE_REDIS_URL", setting_types.queue_redis_url, "", secret=True)
    redis_is_durable: bool = setting("REDIS_IS_DURABLE", setting_types.yes_or_no, default=False)
    flows_dir: Path = setting("FLOWS_DIR", setting_types.folder, OWN_FLOWS)
    flows_overlay: Path | None = setting("FLOWS_OVERLAY", setting_types.file, None)
    books_dir: Path | None = setting("BOOKS_DIR", Path, None)
    hotline_name: str = setting("HOTLINE_NAME", setting_types.name, "Parent Hotline")
    center_name: str = setting(
        "CENTER_NAME",
        setting_types.name,
        Required("must be the name of the parent center that parents are referred to"),
    )
    center_phone: str = setting(
        "CENTER_PHONE",
        setting_types.number,
        Required("must be the parent center's number, such as +15105550199"),
    )
    time_zone: ZoneInfo = setting("TIME_ZONE", setting_types.time_zone, ZoneInfo("America/New_York"))
    office_hours: tuple[Span, ...] = setting("OFFICE_HOURS", read_spans, ())
    holidays: str = setting("HOLIDAYS", read_calendar, COUNTRY)
    staff_number: str = setting("STAFF_NUMBER", setting_types.number, "")
    desk_password: str = setting("DESK_PASSWORD", setting_types.password, "", secret=True)
    metrics_token: str = setting("METRICS_TOKEN", setting_types.token, "", secret=True)
    notify: Notify = group(Notify)
    stale_translations: str = setting(
        "STALE_TRANSLATIONS", setting_types.one_of("earlier", "english"), "earlier"
    )
    sms_plain_accents: bool = setting("SMS_PLAIN_ACCENTS", setting_types.yes_or_no, default=False)
    clock_file: Path | None = setting("CLOCK_FILE", Path, None)
    host: str = setting("HOST", setting_types.host, "127.0.0.1")
    port: int = setting("PORT", setting_types.port, 8000)
    web_processes: int = setting("WEB_PROCESSES", setting_types.web_processes, 2)
    log_level: str = setting("LOG_LEVEL", setting_types.log_level, "info")
    log_format: str = setting("LOG_FORMAT", setting_types.log_format, "auto")
    otel_exporter_otlp_endpoint: str = setting("OTEL_EXPORTER_OTLP_ENDPOINT", url_types.collector_url, "")
    sentry_dsn: str = setting("SENTRY_DSN", url_types.dsn, "", secret=True)

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
        return number not in _numbers_of(self.hotline_numbers) and is_of(number, self.countries)

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
        """Return the settings in this environment. Raise SettingsError with all problems."""
        given = Given(environ)
        settings = given.all(cls)
        if settings.queue_redis_url == "":
            settings = replace(settings, queue_redis_url=settings.redis_url)
        settings = replace(settings, notify=notify.with_sender(settings.notify))
        if problems := (*given.problems, *_mismatches(settings)):
            raise SettingsError(problems)
        return settings


@lru_cache(maxsize=8)
def _numbers_of(addresses: tuple[str, ...]) -> frozenset[str]:
    """Return addresses without their prefixes."""
    return frozenset(map(number_of, addresses))


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
    if queue and RedisAddress.read(queue).kind is Topology.CLUSTER:
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
    """Return FLOWS_DIR without reading other settings. Raise SettingsError."""
    folder: Path = _alone(environ, "FLOWS_DIR")
    return folder


def flows_overlay(environ: Mapping[str, str]) -> Path | None:
    """Return FLOWS_OVERLAY without reading other settings, None if it is empty. Raise SettingsError."""
    file: Path | None = _alone(environ, "FLOWS_OVERLAY")
    return file


def _alone(environ: Mapping[str, str], name: str) -> Any:
    given = Given(environ)
    value = given.one(next(each for each in settings_of(Settings) if each.name == name))
    if given.problems:
        raise SettingsError(tuple(given.problems))
    return value
