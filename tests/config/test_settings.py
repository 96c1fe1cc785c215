"""Settings are read once, and all problems are reported together."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import pytest

from hotline.config.given import SettingsError, is_given, settings_of
from hotline.config.opening import Opening
from hotline.config.settings import Settings, flows_folder

SECRETS = {
    "TWILIO_AUTH_TOKEN": "the-token-that-nobody-sees",
    "TWILIO_AUTH_TOKEN_PREVIOUS": "the-older-token-nobody-sees",
    "TWILIO_WEBHOOK_KEY": "the-shared-key-nobody-sees",
    "TWILIO_API_SECRET": "the-api-secret-nobody-sees",
    "HOTLINE_SECRET": "a-secret-of-thirty-two-characters!",
    "REDIS_URL": "redis://:the-redis-password@db.example:6379/0",
    "QUEUE_REDIS_URL": "redis://:the-queue-password@db.example:6379/1",
    "DESK_PASSWORD": "the-desk-password-nobody-sees",
    "SMTP_PASSWORD": "the-mail-password-nobody-sees",
    "NOTIFY_WEBHOOK": "https://chat.example/the-webhook-nobody-sees",
    "SEAL_SECRET": "a-seal-of-thirty-two-characters-or-more",
    "SEAL_SECRET_PREVIOUS": "an-older-seal-of-thirty-two-characters",
    "METRICS_TOKEN": "the-metrics-token-nobody-sees",
    "SENTRY_DSN": "https://the-key-nobody-sees@sentry.example/1",
}

GOOD = {
    "PUBLIC_BASE_URL": "https://hotline.example.org/",
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "TWILIO_API_KEY": "SK" + "0123456789abcdef" * 2,
    "HOTLINE_NUMBER": "+15105550100,+15105550101",
    "CENTER_NAME": "Example Parent Center",
    "CENTER_PHONE": "+15105550199",
    "SMTP_USER": "hotline@center.example",
    **SECRETS,
}

STAFFED = {"OFFICE_HOURS": "Mon-Fri 9:00-17:00", "STAFF_NUMBER": "+15105550123"}

EXAMPLE = Path(__file__).parent.parent.parent / ".env.example"

NOT_SETTINGS_OF_THE_SERVICE = {"SIMULATOR_PORT"}
"""Listed in `.env.example`, but used only by `make run`."""


def problems(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Read an invalid environment; return its problems."""
    with pytest.raises(SettingsError) as wrong:
        Settings.read(environ)
    return wrong.value.problems


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.read(GOOD)
    assert settings.public_base_url == "https://hotline.example.org"
    assert settings.hotline_numbers == ("+15105550100", "+15105550101")
    assert settings.sender == "+15105550100"
    assert settings.twilio_api_base_url == ""
    assert settings.hotline_name == "Parent Hotline"
    assert settings.port == 8000
    assert str(settings.time_zone) == "America/New_York"
    assert settings.clock_file is None
    assert settings.flows_dir == Path(__file__).parent.parent.parent / "flows"
    assert (settings.stale_translations, settings.sms_plain_accents) == ("earlier", False)


ALL = {
    **GOOD,
    **STAFFED,
    **dict.fromkeys(
        ("PORT", "SMTP_PORT", "WEB_PROCESSES", "CENTS_PER_SEGMENT", "CENTS_PER_CALL_MINUTE"), "7"
    ),
    **dict.fromkeys(("SEGMENTS_PER_SECOND", "SEGMENTS_PER_DAY", "NEW_NUMBERS_PER_HOUR"), "7"),
    **dict.fromkeys(("SEGMENTS_PER_HOUR_PER_NUMBER", "SEGMENTS_PER_DAY_PER_NUMBER"), "7"),
    **dict.fromkeys(("REDIS_IS_DURABLE", "SMS_PLAIN_ACCENTS", "SMTP_STARTTLS"), "yes"),
    **dict.fromkeys(("FLOWS_DIR", "BOOKS_DIR"), "/tmp"),
    **dict.fromkeys(("FLOWS_OVERLAY", "CLOCK_FILE"), __file__),
    **dict.fromkeys(("TWILIO_API_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"), "http://127.0.0.1:1"),
    **dict.fromkeys(("SMTP_FROM", "NOTIFY_EMAIL"), "desk@center.example"),
    "COUNTRIES": "US",
    "HOLIDAYS": "no",
    "HOST": "0.0.0.0",
    "HOTLINE_NAME": "Parents",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "info",
    "NOTIFY_NUMBERS": "+15105550123",
    "SMTP_HOST": "mail.example",
    "STALE_TRANSLATIONS": "english",
    "TIME_ZONE": "America/Chicago",
    "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0123456789abcdef" * 2,
    "WHATSAPP_TEMPLATES": f"en=HX{'1' * 32}",
}
"""Every setting, each with a value."""


def types_of(group: object) -> Iterator[tuple[str, object, object]]:
    """Yield each field of these settings, with its annotation and its value."""
    for name, kind in get_type_hints(type(group)).items():
        value = getattr(group, name)
        yield name, kind, value
        if is_dataclass(value):
            yield from types_of(value)


@pytest.mark.parametrize("environ", [GOOD, ALL], ids=["defaults", "all"])
def test_each_value_has_the_type_of_its_field(environ: dict[str, str]) -> None:
    """No type checker compares a field with its parser."""
    assert ALL.keys() == {each.name for each in settings_of(Settings)}
    for name, kind, value in types_of(Settings.read(environ)):
        kinds = tuple(
            get_origin(each) or each for each in (get_args(kind) if isinstance(kind, UnionType) else (kind,))
        )
        assert isinstance(value, kinds), name


def test_options_for_spanish_are_chosen_by_word() -> None:
    chosen = Settings.read({**GOOD, "STALE_TRANSLATIONS": "English", "SMS_PLAIN_ACCENTS": "yes"})
    assert (chosen.stale_translations, chosen.sms_plain_accents) == ("english", True)
    assert ("STALE_TRANSLATIONS is 'old'; it must be earlier or english",) == problems(
        {**GOOD, "STALE_TRANSLATIONS": "old"}
    )


@pytest.mark.parametrize(
    ("phone", "written"), [("+15105550199", "510-555-0199"), ("+442079460123", "+442079460123")]
)
def test_names_in_texts_come_from_the_settings(phone: str, written: str) -> None:
    names = Settings.read(GOOD | {"CENTER_PHONE": phone}).names
    assert names == {
        "hotline": "Parent Hotline",
        "person": f"Example Parent Center, {written}",
        "letters": "https://hotline.example.org/letters",
    }


def test_the_queue_uses_the_same_redis_unless_it_has_its_own() -> None:
    assert Settings.read(GOOD | {"QUEUE_REDIS_URL": " "}).queue_redis_url == GOOD["REDIS_URL"]
    assert Settings.read(GOOD).queue_redis_url == GOOD["QUEUE_REDIS_URL"]


def test_all_problems_are_reported_together() -> None:
    told = problems({"PORT": "eighty", "HOTLINE_NUMBER": "5105550100"})
    names = {line.split()[0] for line in told}
    required = {"REDIS_URL", "PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HOTLINE_SECRET"}
    assert names == required | {"CENTER_NAME", "CENTER_PHONE", "PORT", "HOTLINE_NUMBER"}
    assert "PORT is 'eighty'; it must be a whole number from 1 to 65535" in told


def test_one_or_two_shared_keys_are_accepted() -> None:
    assert ("the-shared-key-nobody-sees",) == Settings.read(GOOD).twilio_webhook_keys
    two = Settings.read(GOOD | {"TWILIO_WEBHOOK_KEY": f"{'a' * 16}, {'b' * 16}"})
    assert ("a" * 16, "b" * 16) == two.twilio_webhook_keys
    assert () == Settings.read(GOOD | {"TWILIO_WEBHOOK_KEY": ""}).twilio_webhook_keys


def test_budgets_and_countries_have_defaults_and_are_validated() -> None:
    settings = Settings.read(GOOD)
    assert (400, 1200, 10_000, 20, ("US", "CA")) == (
        settings.segments_per_hour_per_number,
        settings.segments_per_day_per_number,
        settings.segments_per_day,
        settings.new_numbers_per_hour,
        settings.countries,
    )
    assert (
        "SEGMENTS_PER_DAY is '0'; it must be a whole number from 1 to 1000000",
        "COUNTRIES is 'USA'; it must be two-letter country codes, such as US,CA",
    ) == problems(GOOD | {"SEGMENTS_PER_DAY": "0", "COUNTRIES": "USA"})


def test_half_an_api_key_is_a_problem() -> None:
    assert problems(GOOD | {"TWILIO_API_SECRET": ""}) == (
        "TWILIO_API_KEY and TWILIO_API_SECRET: set both or neither",
    )


def staffed(settings: Settings, moment: datetime) -> bool:
    """Return whether a staff phone rings at this time, before any change at the desk."""
    return bool(Opening.of(settings).on_duty(moment, settings.time_zone))


def test_calls_are_transferred_in_office_hours() -> None:
    settings = Settings.read(GOOD | STAFFED)
    assert (settings.staff_number, settings.holidays) == ("+15105550123", "US")
    monday, thanksgiving = (datetime(2026, 11, day, 14, 30, tzinfo=UTC) for day in (23, 26))
    assert staffed(settings, monday)
    assert not staffed(settings, thanksgiving)
    assert staffed(Settings.read(GOOD | STAFFED | {"HOLIDAYS": "no"}), thanksgiving)
    assert not staffed(Settings.read(GOOD | STAFFED | {"TIME_ZONE": "America/Chicago"}), monday)
    assert not staffed(Settings.read(GOOD), monday)


@pytest.mark.parametrize("only", sorted(STAFFED))
def test_half_the_settings_of_a_transfer_are_a_problem(only: str) -> None:
    assert problems(GOOD | {only: STAFFED[only], "NOTIFY_WEBHOOK": ""}) == (
        "OFFICE_HOURS and STAFF_NUMBER: set both, to transfer calls in those hours, or neither",
    )


def test_an_invalid_setting_does_not_count_as_missing() -> None:
    (hours,) = problems(GOOD | STAFFED | {"OFFICE_HOURS": "Mon-Fri 9-5"})
    assert hours.startswith(
        "OFFICE_HOURS is 'Mon-Fri 9-5'; it must be days and 24-hour times, such as Mon-Fri"
    )
    calendar, number = problems(GOOD | STAFFED | {"STAFF_NUMBER": "510-555-0123", "HOLIDAYS": "XX"})
    assert calendar.startswith("HOLIDAYS is 'XX'; it must be US for the federal holidays, a state's code")
    assert number.startswith("STAFF_NUMBER is '510-555-0123'; it must be a number with its country code")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 1),
        ({"HOTLINE_NUMBER": "+18335550100"}, 3),
        ({"HOTLINE_NUMBER": "+18005550100,+15105550100"}, 3),
        ({"HOTLINE_NUMBER": "+15105550100,+18005550100"}, 1),
        ({"HOTLINE_NUMBER": "+18005550100", "SEGMENTS_PER_SECOND": "20"}, 20),
    ],
    ids=["long code", "toll-free", "the first one sends", "also here", "agreed to more"],
)
def test_the_send_rate_follows_the_type_of_number(given: dict[str, str], expected: int) -> None:
    assert expected == Settings.read(GOOD | given).pace


def test_the_staffs_number_cannot_be_the_hotlines() -> None:
    """Each call would loop, and each loop costs money."""
    assert problems(GOOD | STAFFED | {"STAFF_NUMBER": "+15105550101"}) == (
        "STAFF_NUMBER is one of HOTLINE_NUMBER: the line would call itself",
    )


def test_the_desks_password_cannot_be_short() -> None:
    (told,) = problems(GOOD | {"DESK_PASSWORD": "hunter2hunt"})
    assert told == (
        "DESK_PASSWORD is wrong; it must have 12 or more characters, such as four unrelated words"
    )
    assert Settings.read(GOOD | {"DESK_PASSWORD": ""}).desk_password == ""
    assert Settings.read(GOOD | {"DESK_PASSWORD": ""}).notify.is_set, "the desk may have accounts instead"


def test_office_hours_without_a_staff_number_are_hours_for_notices() -> None:
    settings = Settings.read(GOOD | {"OFFICE_HOURS": "Tue 9:00-17:00"})
    tuesday = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert Opening.of(settings).hours(settings.time_zone).open_at(tuesday)
    assert not staffed(settings, tuesday)
    usual = Opening.of(Settings.read(GOOD)).hours(settings.time_zone)
    assert usual.open_at(tuesday)
    assert not usual.open_at(datetime(2026, 11, 28, 15, 0, tzinfo=UTC)), "a Saturday"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"NOTIFY_NUMBERS": "+15105550101"}, "NOTIFY_NUMBERS has one of HOTLINE_NUMBER"),
        ({"NOTIFY_NUMBERS": "510-555-0123"}, "NOTIFY_NUMBERS is '510-555-0123'; it must be a number"),
        ({"NOTIFY_EMAIL": "a@b.example"}, "NOTIFY_EMAIL needs SMTP_HOST"),
        ({"NOTIFY_EMAIL": "a@b.example\nBcc: c"}, "NOTIFY_EMAIL is wrong; it must be a mail address"),
        ({"SMTP_USER": ""}, "SMTP_USER and SMTP_PASSWORD: set both or neither"),
        ({"SMTP_HOST": "mail.example", "SMTP_STARTTLS": "no"}, "SMTP_STARTTLS=no would send SMTP_PASSWORD"),
        ({"NOTIFY_WEBHOOK": "http://chat.example/a"}, "NOTIFY_WEBHOOK is wrong; it must be an https address"),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else "",
)
def test_notices_must_have_a_valid_destination(changed: dict[str, str], told: str) -> None:
    assert any(problem.startswith(told) for problem in problems(GOOD | changed))


def test_mail_may_be_unencrypted_only_to_a_local_relay() -> None:
    plain = {"SMTP_STARTTLS": "no", "NOTIFY_EMAIL": "a@b.example, c@d.example"}
    here = Settings.read(GOOD | plain | {"SMTP_HOST": "127.0.0.1"})
    assert ("a@b.example", "c@d.example") == here.notify.emails
    assert "hotline@center.example" == here.notify.smtp.sender
    assert (
        465 == Settings.read(GOOD | plain | {"SMTP_HOST": "x.example", "SMTP_PORT": "465"}).notify.smtp.port
    )


def test_a_setting_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-the-file\n")
    environ = GOOD | {"TWILIO_AUTH_TOKEN": "", "TWILIO_AUTH_TOKEN_FILE": str(file)}
    assert Settings.read(environ).twilio_auth_token == "from-the-file"


def test_a_setting_in_two_places_is_a_problem(tmp_path: Path) -> None:
    (told,) = problems(GOOD | {"CENTER_NAME_FILE": str(tmp_path / "name")})
    assert told == "CENTER_NAME and CENTER_NAME_FILE are both set; keep one of them"


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    (told,) = problems(GOOD | {"HOTLINE_SECRET": "", "HOTLINE_SECRET_FILE": str(missing)})
    assert told == f"HOTLINE_SECRET_FILE names {missing}, which cannot be read: No such file or directory"


def test_no_secret_is_shown() -> None:
    hidden = {each.name for each in settings_of(Settings) if each.is_secret}
    assert hidden == SECRETS.keys()
    shown = repr(Settings.read(GOOD))
    assert [name for name, secret in SECRETS.items() if secret in shown] == []
    bad = {name: f"bad {number} value" for number, name in enumerate(sorted(hidden))}
    lines = "\n".join(problems(GOOD | bad))
    assert [value for value in bad.values() if value in lines] == []
    assert "REDIS_URL is wrong; it must be redis://" in lines


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_BASE_URL", "https://me:the-password@a.example"),
        ("TWILIO_API_KEY", "Xq7" + "aB3dE6gH" * 4),
        ("TWILIO_ACCOUNT_SID", "0123456789abcdef" * 2),
    ],
    ids=["a password in a URL", "an API secret", "an auth token"],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(name: str, value: str) -> None:
    (told,) = problems(GOOD | {name: value})
    assert told.startswith(f"{name} is wrong; it must be")
    assert value not in told
    assert "the-password" not in told


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET", "SMTP_PASSWORD"])
def test_a_login_that_cannot_be_sent_is_refused(name: str) -> None:
    """A zero-width space that was copied with it would end each request with an error that is not the carrier's."""
    (told,) = problems(GOOD | {name: f"{SECRETS[name]}\u200b"})
    assert told.startswith(f"{name} is wrong; it must have only ASCII characters")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.read(GOOD).port = 1  # type: ignore[misc]  # exactly what must fail


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert listed - NOT_SETTINGS_OF_THE_SERVICE == {each.name for each in settings_of(Settings)}


def test_each_setting_in_the_example_is_explained() -> None:
    blocks = re.split(r"\n\s*\n", EXAMPLE.read_text())
    unexplained = [block for block in blocks if "=" in block and not block.startswith("#")]
    assert unexplained == []


def test_each_setting_in_the_example_is_in_the_guide() -> None:
    listed = re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    guide = (EXAMPLE.parent / "docs/settings.md").read_text()
    assert [] == [name for name in listed if f"`{name}`" not in guide]


def test_the_flows_folder_needs_no_other_setting(tmp_path: Path) -> None:
    assert flows_folder({}).name == "flows"
    assert flows_folder({"FLOWS_DIR": str(tmp_path)}) == tmp_path
    with pytest.raises(SettingsError, match="FLOWS_DIR is '/no/such'; it must name an existing folder"):
        flows_folder({"FLOWS_DIR": "/no/such"})


def test_a_setting_is_given_directly_or_by_a_file() -> None:
    assert is_given({"PORT": "1"}, "PORT")
    assert is_given({"PORT_FILE": "/run/port"}, "PORT")
    assert not is_given({"PORT": " "}, "PORT")
    assert not is_given({}, "PORT")
