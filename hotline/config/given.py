"""Read one environment setting by setting, and collect the problems.

Rule 1: a setting NAME may be read from the file that NAME_FILE names, as is usual for secrets in containers.
Rule 2: a value that could be a secret is never in a message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar, cast

from hotline.config import setting_types

HIDDEN: Final = frozenset(
    {
        *("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_PREVIOUS", "TWILIO_WEBHOOK_KEY"),
        *("TWILIO_API_SECRET", "HOTLINE_SECRET"),
        *(
            "SEAL_SECRET",
            "SEAL_SECRET_PREVIOUS",
            "REDIS_URL",
            "QUEUE_REDIS_URL",
            "DESK_PASSWORD",
            "METRICS_TOKEN",
        ),
        *("SMTP_PASSWORD", "NOTIFY_WEBHOOK", "SENTRY_DSN"),
    }
)
"""Settings whose value no message repeats (Rule 2)."""

T = TypeVar("T")
D = TypeVar("D")


class SettingsError(Exception):
    """Settings that are invalid, found at startup. `problems` has one line for each problem."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Check whether the environment has this setting, directly or through a file."""
    return bool(environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())


class _Required:
    """Marker of a setting without a default."""


_REQUIRED: Final = _Required()


class Given:
    """Reader of an environment that collects the problems found so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def one(self, name: str, parse: Callable[[str], T], default: D | _Required = _REQUIRED) -> T | D:
        """Return the parsed value of one setting, or its default if it is unset or empty.

        `parse` raises ValueError saying what the value must be. After a problem the returned value is
        meaningless: check `problems` before using any.
        """
        try:
            value = self._text(name)
            if value:
                return parse(value)
            if not isinstance(default, _Required):
                return default
            self.problems.append(f"{name} is not set; it {_RIGHT[name]}")
        except _Unreadable as problem:
            self.problems.append(str(problem))
        except ValueError as right:
            wrong = "is wrong" if name in HIDDEN or "@" in value else f"is {value!r}"
            self.problems.append(f"{name} {wrong}; it {right}")
        return cast("T", None)

    def _text(self, name: str) -> str:
        """Return the setting without surrounding whitespace; empty if it is not set. Raises _Unreadable."""
        value = self._environ.get(name, "").strip()
        file = self._environ.get(f"{name}_FILE", "").strip()
        if not file:
            return value
        if value:
            raise _Unreadable(f"{name} and {name}_FILE are both set; keep one of them")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise _Unreadable(f"{name}_FILE names {file}, which cannot be read: {why}") from None


class _Unreadable(Exception):
    """The source of a value cannot be read, or it has two sources."""


_RIGHT: Final[Mapping[str, str]] = {
    "REDIS_URL": "must be the address of Redis, such as redis://127.0.0.1:6379/0",
    "PUBLIC_BASE_URL": "must be the URL at which Twilio reaches this service, such as https://hotline.example.org",
    "TWILIO_ACCOUNT_SID": "must be the account's SID from the Twilio console: AC and 32 hex digits (SignalWire: the Project ID)",
    "TWILIO_AUTH_TOKEN": "must be the account's auth token from the Twilio console",
    "HOTLINE_NUMBER": "must be the number that parents text and call, such as +15105550100",
    "HOTLINE_SECRET": f"must be {setting_types.SHORTEST_SECRET} or more random characters: openssl rand -hex 32",
    "CENTER_NAME": "must be the name of the parent center that parents are referred to",
    "CENTER_PHONE": "must be the parent center's number, such as +15105550199",
}
"""What to set for each setting without a default, for an operator who has not set it."""
