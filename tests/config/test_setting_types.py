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

REFUSED: dict[tuple[Callable[[str], object], str], tuple[str, ...]] = {
    (setting_types.number, "+15105550100"): (
        *("5105550100", "+1 510 555 0100", "+1510555010012345", "+15105550100\n"),
    ),
    (setting_types.number, "HOTLINE_NUMBER only"): ("whatsapp:+15105550100",),
    (setting_types.numbers, "+15105550100"): ("+15105550100,", "1234"),
    (setting_types.numbers, "its country code"): ("whatsapp:5105550100",),
    (setting_types.numbers, "rcs: and the sender's name"): ("rcs:",),
    (setting_types.numbers, "Messenger is not served"): ("messenger:123",),
    (url_types.web_url, "only for 127.0.0.1"): ("http://hotline.example.org",),
    (url_types.web_url, "such as https"): (
        *("https://hotline..example.org", f"https://{'a' * 64}.example", "https://me:word@a.example"),
        *("https://a.example/?x=1", "https://a.example#rc=2", "https://a_b.example", "hotline.example.org"),
        *("https://a.example:99999", "https://[::1"),
    ),
    (notify.webhook_url, "such as https"): ("https://chat..example/a",),
    (notify.mail_host, "the name of a mail server"): ("mail..example",),
    (setting_types.login, "only ASCII characters"): ("contraseña",),
    (setting_types.login, "invisible"): ("0f1e2d3c\u200b",),
    (setting_types.redis_url, "redis://host:port/0"): ("http://db:6379", "redis://"),
    (setting_types.redis_url, "unix:///path"): ("unix://",),
    (setting_types.secret, "32 or more"): ("x" * 31,),
    (setting_types.keys, "16 or more"): ("x" * 15, f"{'x' * 16},"),
    (setting_types.keys, "or two"): (",".join(["x" * 16] * 3),),
    (setting_types.token, "16 or more"): ("x" * 15,),
    (setting_types.password, "12 or more"): ("x" * 11,),
    (setting_types.name, "at most 60"): ("x" * 61,),
    (setting_types.name, "one line"): ("two\nlines",),
    (setting_types.folder, "an existing folder"): ("/no/such/folder",),
    (setting_types.folder, "a folder that can be read: "): ("zq9" * 99,),
    (setting_types.time_zone, "America/Los_Angeles"): ("Pacific", "../../etc/passwd"),
    (setting_types.host, "an IP address"): ("localhost",),
    (setting_types.whole_number(64), "from 1 to 64"): ("0", "65", "2.5", "²"),
    (setting_types.account_sid, "AC and 32"): ("AC123",),
    (setting_types.account_sid, "Project ID"): ("5a1b2c3d-0000",),
    (setting_types.api_key, "SK and"): ("SK123",),
    (setting_types.messaging_service, "MG and 32"): ("AC" + "1" * 32,),
    (setting_types.templates, "for each language"): ("HX" + "1" * 32,),
    (setting_types.templates, "for each"): (f"en=HX{'1' * 32},en=HX{'2' * 32}",),
    (url_types.collector_url, "OTLP over HTTP"): ("otel:4318",),
    (url_types.dsn, "KEY@"): ("https://sentry.a.example/1",),
    (url_types.dsn, "https://"): ("http://k@sentry.a.example/1",),
    (url_types.dsn, "/1"): ("https://k@sentry.a.example/hotline", "https://k@sentry.a.example/1/"),
    (setting_types.log_format, "json, text"): ("xml",),
    (setting_types.log_level, "debug, info"): ("loud",),
}


@pytest.mark.parametrize(("read", "text", "expected"), READ.values(), ids=READ)
def test_a_good_value_is_read(read: Callable[[str], object], text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "right", "text"), [(*key, text) for key, texts in REFUSED.items() for text in texts]
)
def test_a_bad_value_is_refused_with_the_fix(read: Callable[[str], object], right: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert right in str(refused.value)


@pytest.mark.parametrize("read", dict.fromkeys(read for read, _ in REFUSED))
def test_a_refusal_does_not_repeat_the_text(read: Callable[[str], object]) -> None:
    text = "zq9" * 30 if read is setting_types.name else "zq9¿?"
    with pytest.raises(ValueError, match=r"^must ") as refused:
        read(text)
    assert "zq9" not in str(refused.value)
