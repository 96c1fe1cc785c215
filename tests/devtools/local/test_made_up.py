"""Made-up settings of a developer's machine."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devtools.local.made_up import AUTH_TOKEN, DESK_PASSWORD, complete, write_settings
from devtools.twilio_sim import lines
from hotline.config.given import SettingsError
from hotline.config.opening import Opening
from hotline.config.settings import Settings
from hotline.config.settings_file import read

REDIS = {"REDIS_URL": "unix:///run/redis.sock"}


def test_with_nothing_set_everything_is_made_up(tmp_path: Path) -> None:
    settings = Settings.read({**complete({}, tmp_path), **REDIS})
    assert settings.public_base_url == "http://127.0.0.1:8000"
    assert settings.twilio_api_base_url == "http://127.0.0.1:8001"
    assert settings.hotline_numbers == ("+15105550100",)
    assert settings.twilio_account_sid == "AC0123456789abcdef0123456789abcdef"
    assert settings.twilio_auth_token == "12345"
    assert settings.clock_file == tmp_path / "clock"
    christmas_night = datetime(2026, 12, 25, 3, 0, tzinfo=UTC)
    assert Opening.of(settings).on_duty(christmas_night, settings.time_zone), (
        "a call is put through at any time"
    )
    assert lines.valid(settings.staff_number), "and the simulator rings that number"
    assert settings.desk_password == DESK_PASSWORD


def test_settings_in_the_environment_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-token-of-ours")
    given = {
        "PORT": "9000",
        "HOTLINE_NUMBER": "+15105550111",
        "TWILIO_AUTH_TOKEN_FILE": str(file),
        "PATH": "/bin",
    }
    full = complete(given, tmp_path)
    assert full.items() >= given.items()
    assert full["PUBLIC_BASE_URL"] == "http://127.0.0.1:9000"
    assert Settings.read({**full, **REDIS}).twilio_auth_token == "a-token-of-ours"


def test_a_port_from_a_file_is_in_the_address(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("9000\n")
    full = complete({"PORT_FILE": str(file)}, tmp_path)
    assert (9000, "http://127.0.0.1:9000") == (Settings.read({**full, **REDIS}).port, full["PUBLIC_BASE_URL"])
    with pytest.raises(SettingsError, match="PORT_FILE names"):
        Settings.read({**complete({"PORT_FILE": "/nowhere"}, tmp_path), **REDIS})


def test_a_reachable_desk_gets_no_known_password(tmp_path: Path) -> None:
    public = {"PUBLIC_BASE_URL": "https://hotline.example.org"}
    for reached in (public, {"HOST": "0.0.0.0"}, {"HOST": "::"}, {"HOST": "192.0.2.7"}):
        assert Settings.read({**complete(reached, tmp_path), **REDIS}).desk_password == ""
    own = {**public, "DESK_PASSWORD": "correct horse battery"}
    assert complete(own, tmp_path)["DESK_PASSWORD"] == "correct horse battery"


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({}, True),
        ({"HOST": "127.0.0.1"}, True),
        ({"HOST": "::1", "PUBLIC_BASE_URL": "http://localhost:9000"}, True),
        ({"HOST": "0.0.0.0"}, False),
        ({"PUBLIC_BASE_URL": "https://hotline.example.org"}, False),
        ({"PUBLIC_BASE_URL": "http://127.0.0.1:9000", "HOST": "192.0.2.7"}, False),
    ],
    ids=str,
)
def test_reachable_services_get_a_secret_token(tmp_path: Path, environ: dict[str, str], known: bool) -> None:
    token = complete(environ, tmp_path)["TWILIO_AUTH_TOKEN"]
    assert known is (token == AUTH_TOKEN)
    assert token == complete(environ, tmp_path)["TWILIO_AUTH_TOKEN"]
    if not known:
        assert len(token) == 64
        assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    first = complete({}, folder)["HOTLINE_SECRET"]
    assert complete({}, folder)["HOTLINE_SECRET"] == first
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert complete({}, tmp_path / "other")["HOTLINE_SECRET"] != first


def test_a_given_secret_is_not_written_down(tmp_path: Path) -> None:
    assert complete({"HOTLINE_SECRET": "x" * 32}, tmp_path / "var")["HOTLINE_SECRET"] == "x" * 32
    assert not (tmp_path / "var").exists()


def test_made_up_settings_are_written_for_a_second_terminal(tmp_path: Path) -> None:
    """Without the environment's own, which may be real tokens."""
    environ = {"TWILIO_AUTH_TOKEN": "a real one", "SIMULATOR_PORT": "9"}
    odd = '/a b/\\$x`"#'
    full = {**environ, "PORT": "8", "BOOKS_DIR": odd}
    write_settings(tmp_path / "var" / "settings", environ, full, "unix:///redis.sock")
    assert read(tmp_path / "var" / "settings") == {
        "PORT": "8",
        "SIMULATOR_PORT": "9",
        "BOOKS_DIR": odd,
        "REDIS_URL": "unix:///redis.sock",
    }
    assert 0o600 == (tmp_path / "var" / "settings").stat().st_mode & 0o777
