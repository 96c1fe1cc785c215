"""The text of a setting is parsed into a value, or refused with what would be right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hotline.config import notify, setting_types, url_types

PROJECT = "5a1b2c3d-0000-4000-8000-123456789abc"

READ = [
    pytest.param(setting_types.account_sid, PROJECT, PROJECT, id="a project of SignalWire"),
    pytest.param(
        setting_types.numbers,
        "+15105550100, WhatsApp:+15105550100, rcs:center_agent",
        ("+15105550100", "whatsapp:+15105550100", "rcs:center_agent"),
        id="WhatsApp and RCS",
    ),
    pytest.param(
        setting_types.templates,
        f"en=HX{'1' * 32}, es=HX{'2' * 32}",
        (("en", f"HX{'1' * 32}"), ("es", f"HX{'2' * 32}")),
        id="templates",
    ),
    pytest.param(setting_types.number, "+15105550100", "+15105550100", id="number"),
    pytest.param(setting_types.numbers, "72345,+15105550100", ("72345", "+15105550100"), id="a short code"),
    pytest.param(
        setting_types.numbers, "+15105550100, +15105550101", ("+15105550100", "+15105550101"), id="numbers"
    ),
    pytest.param(
        url_types.web_url, "https://hotline.example.org/", "https://hotline.example.org", id="slash goes"
    ),
    pytest.param(
        url_types.web_url, "http://127.0.0.1:8000", "http://127.0.0.1:8000", id="loopback may be plain"
    ),
    pytest.param(
        url_types.web_url, "http://localhost:8000", "http://localhost:8000", id="localhost may be plain"
    ),
    pytest.param(
        url_types.web_url, "http://[::1]:8000", "http://[::1]:8000", id="IPv6 loopback may be plain"
    ),
    pytest.param(
        url_types.web_url, "https://a.example/line", "https://a.example/line", id="an address with a path"
    ),
    pytest.param(
        setting_types.redis_url, "rediss://:word@db:6380/1", "rediss://:word@db:6380/1", id="redis with TLS"
    ),
    pytest.param(
        setting_types.redis_url, "unix:///run/redis.sock", "unix:///run/redis.sock", id="redis on a socket"
    ),
    pytest.param(setting_types.host, "0.0.0.0", "0.0.0.0", id="every network"),
    pytest.param(setting_types.whole_number(64), "64", 64, id="the greatest"),
    pytest.param(url_types.collector_url, "http://otel:4318/v1/traces", "http://otel:4318", id="a collector"),
    pytest.param(url_types.dsn, "https://k@sentry.a.example/1", "https://k@sentry.a.example/1", id="a DSN"),
    pytest.param(setting_types.log_level, "WARNING", "warning", id="level in capitals"),
]

REFUSED = [
    pytest.param(setting_types.number, "5105550100", "+15105550100", id="number without a country code"),
    pytest.param(setting_types.number, "+1 510 555 0100", "+15105550100", id="number with blanks"),
    pytest.param(setting_types.number, "+1510555010012345", "+15105550100", id="number of 16 digits"),
    pytest.param(setting_types.number, "+15105550100\n", "+15105550100", id="number with a line end"),
    pytest.param(setting_types.numbers, "+15105550100,", "+15105550100", id="an empty number"),
    pytest.param(setting_types.numbers, "1234", "+15105550100", id="too short a code"),
    pytest.param(url_types.web_url, "http://hotline.example.org", "only for 127.0.0.1", id="plain http"),
    pytest.param(
        setting_types.folder, "zq9" * 99, "a folder that can be read: ", id="a path that is refused"
    ),
    pytest.param(url_types.web_url, "https://hotline..example.org", "such as https", id="two dots"),
    pytest.param(url_types.web_url, f"https://{'a' * 64}.example", "such as https", id="a part too long"),
    pytest.param(notify.webhook_url, "https://chat..example/a", "such as https", id="two dots in a webhook"),
    pytest.param(notify.mail_host, "mail..example", "the name of a mail server", id="two dots in a host"),
    pytest.param(setting_types.login, "contraseña", "only ASCII characters", id="an accent in a password"),
    pytest.param(setting_types.login, "0f1e2d3c\u200b", "invisible", id="a token with a zero-width space"),
    pytest.param(
        url_types.web_url, "https://me:word@a.example", "such as https", id="a password in the address"
    ),
    pytest.param(url_types.web_url, "https://a.example/?x=1", "such as https", id="a query"),
    pytest.param(url_types.web_url, "https://a.example#rc=2", "such as https", id="a fragment"),
    pytest.param(
        url_types.web_url, "https://a_b.example", "such as https", id="an underscore, which Twilio refuses"
    ),
    pytest.param(url_types.web_url, "https://a.example:99999", "such as https", id="a port that is none"),
    pytest.param(url_types.web_url, "hotline.example.org", "such as https", id="no scheme"),
    pytest.param(url_types.web_url, "https://[::1", "such as https", id="half an IPv6 address"),
    pytest.param(setting_types.redis_url, "http://db:6379", "redis://host:port/0", id="not redis"),
    pytest.param(setting_types.redis_url, "redis://", "redis://host:port/0", id="redis nowhere"),
    pytest.param(setting_types.redis_url, "unix://", "unix:///path", id="no socket"),
    pytest.param(setting_types.secret, "x" * 31, "32 or more", id="a short secret"),
    pytest.param(setting_types.keys, "x" * 15, "16 or more", id="a short key"),
    pytest.param(setting_types.keys, f"{'x' * 16},", "16 or more", id="a key and nothing"),
    pytest.param(setting_types.keys, ",".join(["x" * 16] * 3), "or two", id="three keys"),
    pytest.param(setting_types.password, "x" * 11, "12 or more", id="a short password"),
    pytest.param(setting_types.name, "x" * 61, "at most 60", id="a long name"),
    pytest.param(setting_types.name, "two\nlines", "one line", id="a name of two lines"),
    pytest.param(setting_types.folder, "/no/such/folder", "an existing folder", id="no folder"),
    pytest.param(setting_types.time_zone, "Pacific", "America/Los_Angeles", id="no such zone"),
    pytest.param(setting_types.time_zone, "../../etc/passwd", "America/Los_Angeles", id="a path for a zone"),
    pytest.param(setting_types.host, "localhost", "an IP address", id="a name for an address"),
    pytest.param(setting_types.whole_number(64), "0", "from 1 to 64", id="too small"),
    pytest.param(setting_types.whole_number(64), "65", "from 1 to 64", id="too great"),
    pytest.param(setting_types.whole_number(64), "2.5", "from 1 to 64", id="a fraction"),
    pytest.param(setting_types.whole_number(64), "²", "from 1 to 64", id="a digit that is no number"),
    pytest.param(setting_types.account_sid, "AC123", "AC and 32", id="half an account"),
    pytest.param(setting_types.account_sid, "5a1b2c3d-0000", "Project ID", id="half a project"),
    pytest.param(
        setting_types.messaging_service, "AC" + "1" * 32, "MG and 32", id="an account for a service"
    ),
    pytest.param(
        setting_types.numbers, "whatsapp:5105550100", "its country code", id="WhatsApp without a code"
    ),
    pytest.param(
        setting_types.numbers, "rcs:", "rcs: and the sender's name", id="an RCS sender without a name"
    ),
    pytest.param(setting_types.numbers, "messenger:123", "Messenger is not served", id="Messenger"),
    pytest.param(
        setting_types.number, "whatsapp:+15105550100", "HOTLINE_NUMBER only", id="WhatsApp for the center"
    ),
    pytest.param(
        setting_types.templates, "HX" + "1" * 32, "for each language", id="a template of no language"
    ),
    pytest.param(
        setting_types.templates, f"en=HX{'1' * 32},en=HX{'2' * 32}", "for each", id="two for one language"
    ),
    pytest.param(url_types.collector_url, "otel:4318", "OTLP over HTTP", id="a collector without a scheme"),
    pytest.param(url_types.dsn, "https://sentry.a.example/1", "KEY@", id="a DSN without a key"),
    pytest.param(url_types.dsn, "http://k@sentry.a.example/1", "https://", id="a plain DSN"),
    pytest.param(url_types.dsn, "https://k@sentry.a.example/hotline", "/1", id="a DSN of a project by name"),
    pytest.param(url_types.dsn, "https://k@sentry.a.example/1/", "/1", id="a DSN with a slash behind it"),
    pytest.param(setting_types.log_format, "xml", "json, text", id="no such format"),
    pytest.param(setting_types.token, "x" * 15, "16 or more", id="a short token"),
    pytest.param(setting_types.log_level, "loud", "debug, info", id="no such level"),
    pytest.param(setting_types.api_key, "SK123", "SK and", id="half a SID"),
]


@pytest.mark.parametrize(("read", "text", "expected"), READ)
def test_a_good_value_is_read(read: Callable[[str], object], text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(("read", "text", "right"), REFUSED)
def test_a_bad_value_is_refused_with_the_fix(read: Callable[[str], object], text: str, right: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert right in str(refused.value)


@pytest.mark.parametrize("read", dict.fromkeys(row.values[0] for row in REFUSED))
def test_a_refusal_does_not_repeat_the_text(read: Callable[[str], object]) -> None:
    text = "zq9" * 30 if read is setting_types.name else "zq9¿?"
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert "zq9" not in str(refused.value)
