"""A setting that is valid but surely not intended is reported, with what would be right."""

from pathlib import Path

import pytest

from devtools.local.made_up import complete
from hotline.config.given import SettingsError
from hotline.config.oddities import STAND_INS, known_names, oddities, oddities_beside
from hotline.config.settings import Settings
from tests.config.test_settings import EXAMPLE

RIGHT = {
    "PUBLIC_BASE_URL": "https://line.parents.edu",
    "TWILIO_ACCOUNT_SID": "AC" + "1f" * 16,
    "TWILIO_AUTH_TOKEN": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "HOTLINE_NUMBER": "+16175551234",
    "HOTLINE_SECRET": "5b1f0c9e8d7a6b5c4d3e2f1a0b9c8d7e",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "CENTER_NAME": "Parents of Oakland",
    "CENTER_PHONE": "+16175559876",
}

PLANTED = {
    "the example's address": ("PUBLIC_BASE_URL", "https://hotline.example.org", "is the example"),
    "a private address": ("PUBLIC_BASE_URL", "https://192.168.1.5", "Twilio can't reach"),
    "a name of the house": ("PUBLIC_BASE_URL", "https://hotline.local", "Twilio can't reach"),
    "a path": ("PUBLIC_BASE_URL", "https://parents.edu/hotline", "has a path, /hotline"),
    "the simulator": ("TWILIO_API_BASE_URL", "http://127.0.0.1:8001", "only a simulator answers"),
    "the example's account": ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef", "is the example"),
    "a token that is too short": ("TWILIO_AUTH_TOKEN", "12345", "TWILIO_AUTH_TOKEN must have 32 characters"),
    "a token with a quote": ("TWILIO_AUTH_TOKEN", '"0f1e2d3c4b5a69788796a5b4c3d2e1f"', "must have 32"),
    "the SID as the token": ("TWILIO_AUTH_TOKEN", "1f" * 16, "is the account's SID or the API key's secret"),
    "one token twice": ("TWILIO_AUTH_TOKEN_PREVIOUS", RIGHT["TWILIO_AUTH_TOKEN"], "the previous token"),
    "the example's number": ("HOTLINE_NUMBER", "+15105550100", "is an example number that no phone has"),
    "the example's center": ("CENTER_PHONE", "+15105550199", "is an example number that no phone has"),
    "the line as the center": ("CENTER_PHONE", "+16175551234", "CENTER_PHONE is HOTLINE_NUMBER"),
    "another country": ("COUNTRIES", "MX", "does not include the country of HOTLINE_NUMBER"),
    "a secret that is none": ("HOTLINE_SECRET", "x" * 40, "is not random"),
    "a seal that is none": ("SEAL_SECRET", "ab" * 20, "SEAL_SECRET is not random"),
    "a password that is a secret": ("DESK_PASSWORD", RIGHT["HOTLINE_SECRET"], "is also another secret"),
    "a password that is none": ("DESK_PASSWORD", "1" * 12, "easy to guess"),
    "no summer time": ("TIME_ZONE", "EST", "America/New_York"),
    "no place": ("TIME_ZONE", "Etc/GMT+5", "America/New_York"),
    "the example's name": ("CENTER_NAME", "Example Parent Center", "is the example"),
    "a clock that moves": ("CLOCK_FILE", "/tmp/clock", "CLOCK_FILE is for testing"),
    "a name without its end": ("HOLIDAY", "no", "did you mean HOLIDAYS?"),
    "a name with one letter more": ("HOTLINE_NUMBERS", "+16175551234", "did you mean HOTLINE_NUMBER?"),
    "a name without its line": ("TIMEZONE", "America/Denver", "did you mean TIME_ZONE?"),
    "a name of nothing": ("TWILIO_SID", "AC", "TWILIO_SID is not a setting"),
}


@pytest.mark.parametrize(("name", "value", "told"), PLANTED.values(), ids=PLANTED.keys())
def test_an_implausible_setting_is_reported(name: str, value: str, told: str) -> None:
    environ = {**RIGHT, name: value}
    found = oddities(Settings.read(environ), environ)
    assert 1 == len([line for line in found if told in line]), found
    assert not any(
        RIGHT[secret] in line for line in found for secret in ("HOTLINE_SECRET", "TWILIO_AUTH_TOKEN")
    )


def test_implausible_settings_are_reported_beside_invalid_ones() -> None:
    environ = {
        name: value.strip("\"'")
        for name, _, value in (line.partition("=") for line in EXAMPLE.read_text().splitlines())
        if value and not name.startswith("#")
    }
    with pytest.raises(SettingsError) as raised:
        Settings.read(environ)
    assert {"TWILIO_AUTH_TOKEN", "HOTLINE_SECRET"} == {each.split()[0] for each in raised.value.problems}
    found = oddities_beside(raised.value, environ)
    named = ["CENTER_NAME", "CENTER_PHONE", "HOTLINE_NUMBER", "PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID"]
    assert named == sorted({each.split()[0] for each in found})


@pytest.mark.parametrize("name", sorted(STAND_INS))
def test_a_stand_in_is_plausible(name: str) -> None:
    environ = {**RIGHT, name: "", "TIME_ZONE": "EST", "HOLIDAY": "no"}
    with pytest.raises(SettingsError) as raised:
        Settings.read(environ)
    assert ["HOLIDAY is", "TIME_ZONE is"] == sorted(
        " ".join(each.split()[:2]) for each in oddities_beside(raised.value, environ)
    )


def test_an_invalid_setting_hides_no_implausible_one() -> None:
    invalid = {"TWILIO_API_KEY": "SK" + "0f" * 16, "DESK_PASSWORD_FILE": "/no/such"}
    environ = {**RIGHT, **invalid, "TIME_ZONE": "EST"}
    with pytest.raises(SettingsError) as raised:
        Settings.read(environ)
    assert 2 == len(raised.value.problems)
    assert ["TIME_ZONE"] == [each.split()[0] for each in oddities_beside(raised.value, environ)]


def test_plausible_settings_are_not_reported() -> None:
    others = dict.fromkeys(("HOSTNAME", "HOME", "NOTIFY_SOCKET", "REDIS_TLS_URL", "HOTLINE_PORT"), "/x")
    environ = {**RIGHT, "TIME_ZONE": "America/Phoenix", "DESK_PASSWORD": "four words and more", **others}
    assert () == oddities(Settings.read(environ), environ)


def test_nothing_is_reported_on_a_developers_machine(tmp_path: Path) -> None:
    environ = {**complete({}, tmp_path), "REDIS_URL": RIGHT["REDIS_URL"], "HOLIDAY": "US"}
    assert () == oddities(Settings.read(environ), environ)


def test_every_setting_in_the_example_is_known() -> None:
    listed = {
        line.partition("=")[0] for line in EXAMPLE.read_text().splitlines() if "=" in line and line[0] != "#"
    }
    assert set() == listed - known_names()
