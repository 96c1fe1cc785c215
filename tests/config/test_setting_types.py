"""The text of a setting is parsed into a value, or refused with what would be right."""

from collections.abc import Callable

import pytest

from hotline.config import notify, setting_types, url_types

PROJECT = "5a1b2c3d-0000-4000-8000-123456789abc"

READ: dict[str, tuple[Callable[[str], object], str, object]] = {
    "a project of SignalWire": (setting_types.account_sid, PROJECT, PROJECT),
    "WhatsApp and RCS": (
        setting_types.numbers,
        "+15105550100, WhatsApp:+15105550100, rcs:center_agent",
        ("+15105550100", "whatsapp:+15105550100", "rcs:center_agent"),
    ),
    "templates": (
        setting_types.templates,
        f"en=HX{'1' * 32}, es=HX{'2' * 32}",
        (("en", f"HX{'1' * 32}"), ("es", f"HX{'2' * 32}")),
    ),
    "number": (setting_types.number, "+15105550100", "+15105550100"),
    "a short code": (setting_types.numbers, "72345,+15105550100", ("72345", "+15105550100")),
    "numbers": (setting_types.numbers, "+15105550100, +15105550101", ("+15105550100", "+15105550101")),
    "slash goes": (url_types.web_url, "https://hotline.example.org/", "https://hotline.example.org"),
    "loopback may be plain": (url_types.web_url, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    "localhost may be plain": (url_types.web_url, "http://localhost:8000", "http://localhost:8000"),
    "IPv6 loopback may be plain": (url_types.web_url, "http://[::1]:8000", "http://[::1]:8000"),
    "an address with a path": (url_types.web_url, "https://a.example/line", "https://a.example/line"),
    "redis with TLS": (setting_types.redis_url, "rediss://:word@db:6380/1", "rediss://:word@db:6380/1"),
    "redis on a socket": (setting_types.redis_url, "unix:///run/redis.sock", "unix:///run/redis.sock"),
    "every network": (setting_types.host, "0.0.0.0", "0.0.0.0"),
    "the greatest": (setting_types.whole_number(64), "64", 64),
    "a collector": (url_types.collector_url, "http://otel:4318/v1/traces", "http://otel:4318"),
    "a DSN": (url_types.dsn, "https://k@sentry.a.example/1", "https://k@sentry.a.example/1"),
    "level in capitals": (setting_types.log_level, "WARNING", "warning"),
}

REFUSED: dict[str, tuple[Callable[[str], object], str, str]] = {
    "number without a country code": (setting_types.number, "5105550100", "+15105550100"),
    "number with blanks": (setting_types.number, "+1 510 555 0100", "+15105550100"),
    "number of 16 digits": (setting_types.number, "+1510555010012345", "+15105550100"),
    "number with a line end": (setting_types.number, "+15105550100\n", "+15105550100"),
    "an empty number": (setting_types.numbers, "+15105550100,", "+15105550100"),
    "too short a code": (setting_types.numbers, "1234", "+15105550100"),
    "plain http": (url_types.web_url, "http://hotline.example.org", "only for 127.0.0.1"),
    "a path that is refused": (setting_types.folder, "zq9" * 99, "a folder that can be read: "),
    "two dots": (url_types.web_url, "https://hotline..example.org", "such as https"),
    "a part too long": (url_types.web_url, f"https://{'a' * 64}.example", "such as https"),
    "two dots in a webhook": (notify.webhook_url, "https://chat..example/a", "such as https"),
    "two dots in a host": (notify.mail_host, "mail..example", "the name of a mail server"),
    "an accent in a password": (setting_types.login, "contraseña", "only ASCII characters"),
    "a token with a zero-width space": (setting_types.login, "0f1e2d3c\u200b", "invisible"),
    "a password in the address": (url_types.web_url, "https://me:word@a.example", "such as https"),
    "a query": (url_types.web_url, "https://a.example/?x=1", "such as https"),
    "a fragment": (url_types.web_url, "https://a.example#rc=2", "such as https"),
    "an underscore, which Twilio refuses": (url_types.web_url, "https://a_b.example", "such as https"),
    "a port that is none": (url_types.web_url, "https://a.example:99999", "such as https"),
    "no scheme": (url_types.web_url, "hotline.example.org", "such as https"),
    "half an IPv6 address": (url_types.web_url, "https://[::1", "such as https"),
    "not redis": (setting_types.redis_url, "http://db:6379", "redis://host:port/0"),
    "redis nowhere": (setting_types.redis_url, "redis://", "redis://host:port/0"),
    "no socket": (setting_types.redis_url, "unix://", "unix:///path"),
    "a short secret": (setting_types.secret, "x" * 31, "32 or more"),
    "a short key": (setting_types.keys, "x" * 15, "16 or more"),
    "a key and nothing": (setting_types.keys, f"{'x' * 16},", "16 or more"),
    "three keys": (setting_types.keys, ",".join(["x" * 16] * 3), "or two"),
    "a short password": (setting_types.password, "x" * 11, "12 or more"),
    "a long name": (setting_types.name, "x" * 61, "at most 60"),
    "a name of two lines": (setting_types.name, "two\nlines", "one line"),
    "no folder": (setting_types.folder, "/no/such/folder", "an existing folder"),
    "no such zone": (setting_types.time_zone, "Pacific", "America/Los_Angeles"),
    "a path for a zone": (setting_types.time_zone, "../../etc/passwd", "America/Los_Angeles"),
    "a name for an address": (setting_types.host, "localhost", "an IP address"),
    "too small": (setting_types.whole_number(64), "0", "from 1 to 64"),
    "too great": (setting_types.whole_number(64), "65", "from 1 to 64"),
    "a fraction": (setting_types.whole_number(64), "2.5", "from 1 to 64"),
    "a digit that is no number": (setting_types.whole_number(64), "²", "from 1 to 64"),
    "half an account": (setting_types.account_sid, "AC123", "AC and 32"),
    "half a project": (setting_types.account_sid, "5a1b2c3d-0000", "Project ID"),
    "an account for a service": (setting_types.messaging_service, "AC" + "1" * 32, "MG and 32"),
    "WhatsApp without a code": (setting_types.numbers, "whatsapp:5105550100", "its country code"),
    "an RCS sender without a name": (setting_types.numbers, "rcs:", "rcs: and the sender's name"),
    "Messenger": (setting_types.numbers, "messenger:123", "Messenger is not served"),
    "WhatsApp for the center": (setting_types.number, "whatsapp:+15105550100", "HOTLINE_NUMBER only"),
    "a template of no language": (setting_types.templates, "HX" + "1" * 32, "for each language"),
    "two for one language": (setting_types.templates, f"en=HX{'1' * 32},en=HX{'2' * 32}", "for each"),
    "a collector without a scheme": (url_types.collector_url, "otel:4318", "OTLP over HTTP"),
    "a DSN without a key": (url_types.dsn, "https://sentry.a.example/1", "KEY@"),
    "a plain DSN": (url_types.dsn, "http://k@sentry.a.example/1", "https://"),
    "a DSN of a project by name": (url_types.dsn, "https://k@sentry.a.example/hotline", "/1"),
    "a DSN with a slash behind it": (url_types.dsn, "https://k@sentry.a.example/1/", "/1"),
    "no such format": (setting_types.log_format, "xml", "json, text"),
    "a short token": (setting_types.token, "x" * 15, "16 or more"),
    "no such level": (setting_types.log_level, "loud", "debug, info"),
    "half a SID": (setting_types.api_key, "SK123", "SK and"),
}


@pytest.mark.parametrize(("read", "text", "expected"), READ.values(), ids=READ)
def test_a_good_value_is_read(read: Callable[[str], object], text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(("read", "text", "right"), REFUSED.values(), ids=REFUSED)
def test_a_bad_value_is_refused_with_the_fix(read: Callable[[str], object], text: str, right: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert right in str(refused.value)


@pytest.mark.parametrize("read", dict.fromkeys(read for read, *_ in REFUSED.values()))
def test_a_refusal_does_not_repeat_the_text(read: Callable[[str], object]) -> None:
    text = "zq9" * 30 if read is setting_types.name else "zq9¿?"
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert "zq9" not in str(refused.value)
