"""Twilio's webhooks: signed requests are answered, others are refused."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from twilio.request_validator import RequestValidator

from devtools.twilio_sim.lines import HIDDEN_AS
from hotline.config.settings import Settings
from hotline.store.keys import Keys
from hotline.web.app import create_app
from tests.web.twilio_forms import OFFERED, PARENT, SCREENING, Caller, messages, spoken

STAFF = "+15105550123"


def everything(redis: Redis) -> str:
    """Return all keys and values in Redis as one string."""
    held = []
    for key in redis.scan_iter():
        kind = redis.type(key)
        held.append(
            f"{key} {redis.hgetall(key) if kind == 'hash' else redis.zrange(key, 0, -1) if kind == 'zset' else ''}"
        )
    return "\n".join(held)


def test_a_new_number_is_greeted_and_led_to_an_outcome(caller: Caller) -> None:
    assert "Parent Hotline" in messages(caller.text("hi"))[0]
    for body in SCREENING[1:]:
        answer = caller.text(body)
        assert (200, "text/xml") == (answer.status_code, answer.mimetype)
    assert "an IEP evaluation is worth asking for" in " ".join(messages(answer))


def test_a_call_is_led_to_an_outcome_by_keys_and_by_speech(caller: Caller) -> None:
    assert "Other topics: press 2" in spoken(caller.dial())
    for n, digits in enumerate("132211", 1):
        asked = spoken(caller.turn(n, Digits=digits))
    assert "What is hardest at school?" in asked
    for n, said in enumerate(["He can't focus.", "Changes in class."], 7):
        answer = caller.turn(n, SpeechResult=said, Confidence="0.9")
    assert "five oh four evaluation is worth asking for" in spoken(answer)


def test_silence_continues_with_the_same_turn(caller: Caller) -> None:
    answer = caller.dial()
    following = "/voice/turn?n=1#rc=2&amp;rp=ct,5xx"
    assert answer.text.count(f'action="{following}"') == 1
    assert f'<Redirect method="POST">{following}</Redirect>' in answer.text
    assert "We are still here" in spoken(caller.turn(1))


def test_two_concurrent_texts_both_count(app: Flask, settings: Settings, redis: Redis) -> None:
    for number in range(10):
        parent = f"+1202555{number:04d}"
        caller = Caller(app.test_client(), settings, parent)
        for body in ["hi", "1", "3", "2", "1"]:
            caller.text(body)
        forms = [caller.sms_form("1"), caller.sms_form("1")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda form: Caller(app.test_client(), settings, parent).post("/sms", form), forms))  # noqa: B023
        session = json.loads(redis.hget(Keys(caller.who).session, "session") or "{}")
        assert "kind_of_help" == session["state"], "asked_before and hardest were both answered"


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Original-Host"])
def test_headers_do_not_change_the_signed_url(header: str, client: FlaskClient, caller: Caller) -> None:
    form = caller.sms_form("hi")
    validator = RequestValidator(caller.settings.twilio_auth_token)
    forged = validator.compute_signature("http://evil.example/sms", form)
    answer = client.post("/sms", data=form, headers={"X-Twilio-Signature": forged, header: "evil.example"})
    assert 403 == answer.status_code


@pytest.mark.parametrize("host", ["http://evil.example", "http://evil.example:x", "http://[", "sms"])
def test_a_raw_targets_host_does_not_change_the_url(host: str, client: FlaskClient, caller: Caller) -> None:
    """Some servers pass on the raw target. Only its path counts, with our own host."""
    form = caller.sms_form("hi")
    target = {"RAW_URI": f"{host}/sms"}
    for signature, expected in ((caller.sign("/sms", form), 200), ("A" * 27 + "=", 403)):
        headers = {"X-Twilio-Signature": signature}
        answer = client.post("/sms", data=form, headers=headers, environ_overrides=target)
        assert expected == answer.status_code


def test_the_previous_token_is_accepted_during_a_rotation(settings: Settings, redis: Redis) -> None:  # noqa: ARG001
    old = replace(settings, twilio_auth_token="the old one")
    new = replace(settings, twilio_auth_token="the new one", twilio_auth_token_previous="the old one")
    caller = Caller(create_app(new).test_client(), old)
    assert 200 == caller.text("hi").status_code


SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
SHARED, OLDER = "the-shared-key-of-the-tests", "the-shared-key-before-that"


def signed(settings: Settings, key: str, algorithm: str, told: str | None) -> int:
    """Send a text signed with this key and algorithm, and this settings header; return the HTTP status."""
    caller = Caller(create_app(settings).test_client(), settings)
    form = caller.sms_form("hi")
    url = settings.public_base_url + "/sms"
    headers = {"X-Twilio-Signature": RequestValidator(key).compute_signature(url, form, algorithm)}
    if told is not None:
        headers[SETTINGS_HEADER] = told
    return caller.client.post("/sms", data=form, headers=headers).status_code


SIGNED = {
    "right": (SHARED, "HMAC_SHA256", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", 200),
    "older": (OLDER, "HMAC_SHA256", "key=webhooks_sharedkey_0,algorithm=HMAC_SHA256", 200),
    "in small letters": (SHARED, "HMAC_SHA256", "algorithm=hmac_sha256", 200),
    "another key": ("another-shared-key", "HMAC_SHA256", "algorithm=HMAC_SHA256", 403),
    "no header": (SHARED, "HMAC_SHA256", None, 403),
    "the header of another": (SHARED, "HMAC_SHA256", "algorithm=HMAC_SHA1", 403),
    "by the older algorithm": (SHARED, "HMAC_SHA1", "algorithm=HMAC_SHA1", 403),
    "an algorithm that is none of ours": (SHARED, "HMAC_SHA256", "algorithm=HMAC_MD5", 403),
    "nonsense": (SHARED, "HMAC_SHA256", "=,;\u00e9,algorithm=", 403),
    "the token by the newer one": ("the token", "HMAC_SHA256", "algorithm=HMAC_SHA256", 403),
    "the token, and told so": ("the token", "HMAC_SHA1", "key=k,algorithm=HMAC_SHA1", 200),
    "the token as ever": ("the token", "HMAC_SHA1", None, 200),
}


@pytest.mark.usefixtures("redis")
@pytest.mark.parametrize("name", SIGNED)
def test_a_shared_key_is_accepted_beside_the_token(settings: Settings, name: str) -> None:
    key, algorithm, told, expected = SIGNED[name]
    newer = replace(settings, twilio_auth_token="the token", twilio_webhook_keys=(SHARED, OLDER))
    assert expected == signed(newer, key, algorithm, told)


def test_without_a_shared_key_none_is_accepted(settings: Settings) -> None:
    for key in ("", SHARED):
        assert 403 == signed(settings, key, "HMAC_SHA256", "algorithm=HMAC_SHA256")


@pytest.mark.parametrize("field", ["AccountSid", "To"])
def test_another_account_or_number_is_refused(field: str, caller: Caller) -> None:
    wrong = "AC" + "0" * 32 if field == "AccountSid" else "+12025550199"
    assert 403 == caller.text("hi", **{field: wrong}).status_code


BODIES = ["x" * 10_000, "Jane 👩🏽‍🚀🔥", "Jane\0Doe", "Jane\x0bDoe", "<Redirect>&\"'</Message>"]
BODIES += ["जेन डो سلام", "", "2021-05-05 10:00:00", "   "]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:12]))
@pytest.mark.parametrize("started", [False, True], ids=["new", "in the questions"])
def test_any_text_gets_an_answer(body: str, started: bool, caller: Caller) -> None:
    if started:
        caller.text("hi")
        caller.text("1")
    answer = caller.text(body)
    assert 200 == answer.status_code
    assert messages(answer)


@pytest.mark.parametrize("field", ["Body", "From", "MessageSid", "To", "AccountSid", "NumMedia"])
def test_a_missing_field_gets_an_answer_or_a_400(field: str, caller: Caller) -> None:
    form = caller.sms_form("hi")
    del form[field]
    assert caller.post("/sms", form).status_code in (200, 400)


@pytest.mark.parametrize("turn", ["", "0", "-1", "x", "1e3", "٣", "999999999999"])
def test_an_invalid_turn_number_is_refused(turn: str, caller: Caller) -> None:
    form = {**caller.voice_form(), "Digits": "1"}
    assert 400 == caller.post(f"/voice/turn?n={quote(turn)}", form).status_code


@pytest.mark.parametrize("caller_id", [*HIDDEN_AS, "unknown", "Restricted", "+12562533", "+1555", ""])
def test_hidden_callers_share_no_session(caller_id: str, client: FlaskClient, settings: Settings) -> None:
    one, two = Caller(client, settings, caller_id), Caller(client, settings, caller_id)
    one.dial()
    one.turn(1, Digits="1")
    assert "What do you need" in spoken(two.dial())


@pytest.mark.parametrize("shown", ["the exchange's", "the center's", "the staff's"])
def test_callers_behind_one_switchboard_do_not_share_a_session(
    shown: str, client: FlaskClient, settings: Settings
) -> None:
    """A school or center that forwards calls may show its own number for each of them."""
    exchange = {"the exchange's": "+15105550133", "the center's": settings.center_phone}.get(shown, STAFF)
    own = replace(settings, staff_number=STAFF)
    client = create_app(own).test_client()
    fields = {"ForwardedFrom": exchange} if shown == "the exchange's" else {}
    one, two = Caller(client, own, exchange), Caller(client, own, exchange)
    one.dial(**fields)
    one.turn(1, Digits="1", **fields)
    assert "What do you need" in spoken(two.dial(**fields))
    direct = Caller(client, own, PARENT)
    direct.dial(ForwardedFrom=exchange)
    for n, digits in enumerate("132", 1):
        offered = spoken(direct.turn(n, Digits=digits, ForwardedFrom=exchange))
        passed_on = spoken(two.turn(n, Digits=digits, **fields))
    assert "may we text you" not in passed_on, "the exchange is not who calls"
    assert "may we text you" in offered, "a parent whose own number is shown can be texted"


def test_a_form_is_limited_before_it_is_parsed(client: FlaskClient, settings: Settings) -> None:
    """Even with a wrong signature: over 16 kB or 128 fields gets a 413, multipart a 415."""
    url, headers = "/sms", {"X-Twilio-Signature": "made up"}
    assert 413 == client.post(url, data={"Body": "x" * 16_384}, headers=headers).status_code
    many = {f"F{n}": "" for n in range(129)}
    assert 413 == client.post(url, data=many, headers=headers).status_code
    parts = {"Body": (BytesIO(b"x"), "x.txt")}
    answer = client.post(url, data=parts, headers=headers, content_type="multipart/form-data")
    assert 415 == answer.status_code
    fitting = Caller(client, settings).text("字" * 1600, **{f"F{n}": "" for n in range(100)})
    assert 200 == fitting.status_code, "the longest text that Twilio delivers is answered"


def test_a_status_from_another_number_of_our_service_is_accepted(settings: Settings) -> None:
    """A Messaging Service may send from any of its numbers. Another service is refused."""
    service, other = "MG" + "a" * 32, "MG" + "b" * 32
    own = replace(settings, twilio_messaging_service_sid=service)
    caller = Caller(create_app(own).test_client(), own)
    path, sender = f"/status?followup={caller.who}-000000000000", "+15105550177"
    assert 403 == caller.status(path, "delivered", From=sender).status_code
    assert 403 == caller.status(path, "delivered", From=sender, MessagingServiceSid=other).status_code
    assert 204 == caller.status(path, "delivered", From=sender, MessagingServiceSid=service).status_code


def test_a_turn_makes_two_round_trips(caller: Caller, redis: Redis) -> None:
    caller.text("hi")
    redis.config_resetstat()
    caller.text("1")
    calls = {name: stats["calls"] for name, stats in redis.info("commandstats").items()}
    sent = {"evalsha": calls.get("cmdstat_evalsha"), "eval": calls.get("cmdstat_eval")}
    assert {"evalsha": 2, "eval": None} == sent
    within_scripts = {
        *("hget", "hmget", "hset", "hdel", "expire", "hincrby"),
        *("get", "exists", "set", "del", "time", "hgetall", "sadd", "smismember"),
        *("config|resetstat", "info", "evalsha"),
    }
    assert set(calls) <= {f"cmdstat_{name}" for name in within_scripts}, "a command outside the two scripts"


def test_nothing_about_a_parent_is_stored_in_plain_text(caller: Caller, redis: Redis) -> None:
    for body in [*SCREENING[:-1], "my son Zebulon has asthma", *OFFERED[-2:], "1", "Zebulon again"]:
        caller.text(body)
    held = everything(redis)
    assert "followups" in held
    assert PARENT[1:] not in held
    assert PARENT[-7:] not in held
    assert "zebulon" not in held.casefold()


@pytest.mark.parametrize("path", ["/fallback/sms", "/fallback/voice"])
def test_a_fallback_is_a_static_message(path: str, client: FlaskClient) -> None:
    for answer in (client.post(path, data={"ErrorCode": "11200"}), client.get(path)):
        assert (200, "text/xml") == (answer.status_code, answer.mimetype)
        assert "ask the school in writing" in answer.text


def test_the_end_of_a_call_stores_nothing_about_an_erased_person(caller: Caller, redis: Redis) -> None:
    caller.dial()
    for body in ("DELETE", "1"):
        caller.text(body)
    assert not redis.exists(Keys(caller.who).session)
    caller.post("/voice/ended", {**caller.voice_form(), "CallStatus": "completed"})
    assert not redis.exists(Keys(caller.who).session)


@pytest.mark.parametrize("number", [PARENT, ""], ids=["a number", "a hidden one"])
@pytest.mark.parametrize("hours", [True, False], ids=["in hours", "at night"])
def test_a_center_without_a_desk_never_promises_a_callback(
    number: str, hours: bool, settings: Settings, redis: Redis
) -> None:
    alone = replace(settings, desk_password="", office_hours=settings.office_hours if hours else ())
    caller = Caller(create_app(alone).test_client(), alone, number)
    said = [spoken(caller.dial()), spoken(caller.turn(1, Digits="0"))]
    if hours:
        said.append(spoken(caller.turn(2, DialCallStatus="no-answer", DialCallSid="CA" + "1" * 32)))
    assert "5 1 0, 5 5 5, 0 1 9 9" in said[-1]
    said += [spoken(caller.turn(n, SpeechResult="leave a message")) for n in (3, 4)]
    if number:
        said += [caller.text(words).text for words in ("person", "yes", "call me back", "1")]
        assert "510-555-0199" in said[-4]
    promises = ("call you", "call back", "message for", "your message", "listen to", "pass it on")
    assert [] == [promise for promise in promises for each in said if promise in each.lower()]
    assert [] == list(redis.scan_iter("*:requests:*"))
