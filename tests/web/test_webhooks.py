"""Twilio's webhooks: signed ones are answered with words, others not at all."""

from __future__ import annotations

import json
import time
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
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.web.app import create_app
from tests.web.twilio_forms import OFFERED, PARENT, SCREENING, Caller, messages, spoken

STAFF = "+15105550123"


def who(settings: Settings, number: str = PARENT) -> str:
    """How the store names this number."""
    return Secrets(settings.hotline_secret).who(number)


def everything(redis: Redis) -> str:
    """All that Redis holds, keys and values, as one text."""
    held = []
    for key in redis.scan_iter():
        kind = redis.type(key)
        held.append(
            f"{key} {redis.hgetall(key) if kind == 'hash' else redis.zrange(key, 0, -1) if kind == 'zset' else ''}"
        )
    return "\n".join(held)


def test_a_new_number_is_greeted_and_led_to_an_outcome(caller: Caller) -> None:
    """The whole way by text, on Twilio's own form."""
    assert "Parent Hotline" in messages(caller.text("hi"))[0]
    for body in SCREENING[1:]:
        answer = caller.text(body)
        assert (200, "text/xml") == (answer.status_code, answer.mimetype)
    assert "an IEP evaluation is worth asking for" in " ".join(messages(answer))


def test_a_first_text_in_spanish_is_answered_in_spanish(caller: Caller) -> None:
    """From the first word on, through the store and all."""
    assert "ayuda gratis con la escuela" in messages(caller.text("hola"))[0]
    assert "Qué edad" in messages(caller.text("1"))[0]


def test_a_call_is_led_to_an_outcome_by_keys_and_by_speech(caller: Caller) -> None:
    """The same by Digits and by SpeechResult; "I E P" and "five oh four" are spoken right."""
    assert "Other topics: press 2" in spoken(caller.dial())
    for n, digits in enumerate("132211", 1):
        asked = spoken(caller.turn(n, Digits=digits))
    assert "What is hardest at school?" in asked
    for n, said in enumerate(["He can't focus.", "Changes in class."], 7):
        answer = caller.turn(n, SpeechResult=said, Confidence="0.9")
    assert "five oh four evaluation is worth asking for" in spoken(answer)


def test_silence_goes_on_to_the_same_turn(caller: Caller) -> None:
    """After the Gather comes a Redirect; without input the caller is asked again."""
    answer = caller.dial()
    following = "/voice/turn?n=1#rc=2&amp;rp=ct,5xx"
    assert answer.text.count(f'action="{following}"') == 1
    assert f'<Redirect method="POST">{following}</Redirect>' in answer.text
    assert "We are still here" in spoken(caller.turn(1))


def test_the_same_message_twice_is_one_step_and_one_answer(
    caller: Caller, settings: Settings, redis: Redis
) -> None:
    """Also when it starts follow-ups: they are started once."""
    for body in OFFERED:
        caller.text(body)
    yes = caller.sms_form("1")
    first, again = caller.post("/sms", yes), caller.post("/sms", yes)
    assert first.text == again.text
    assert 3 == len(redis.hgetall(Keys(who(settings)).followups))
    state = json.loads(redis.hget(Keys(who(settings)).session, "session") or "{}")["state"]
    assert "which_state" == state


def test_four_copies_at_once_are_one_step(app: Flask, settings: Settings, redis: Redis) -> None:
    """Identical answers, one set of follow-ups."""
    caller = Caller(app.test_client(), settings)
    for body in OFFERED:
        caller.text(body)
    yes = caller.sms_form("1")
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: Caller(app.test_client(), settings).post("/sms", yes).text, range(4))
        )
    assert 1 == len(set(answers))
    assert 3 == len(redis.hgetall(Keys(who(settings)).followups))


def test_two_texts_at_once_are_both_taken(app: Flask, settings: Settings, redis: Redis) -> None:
    """One after the other; none is lost."""
    for number in range(10):
        parent = f"+1202555{number:04d}"
        caller = Caller(app.test_client(), settings, parent)
        for body in ["hi", "1", "3", "2", "1"]:
            caller.text(body)
        forms = [caller.sms_form("1"), caller.sms_form("1")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda form: Caller(app.test_client(), settings, parent).post("/sms", form), forms))  # noqa: B023
        session = json.loads(redis.hget(Keys(who(settings, parent)).session, "session") or "{}")
        assert "kind_of_help" == session["state"], "asked_before and hardest were both answered"


@pytest.fixture(scope="module")
def alone(settings: Settings) -> Caller:
    """The phone of an app with a database to itself: no other app's counts are written there a moment later."""
    own = replace(settings, redis_url=f"{settings.redis_url}?db=9")
    return Caller(create_app(own).test_client(), own)


@pytest.mark.parametrize("path", ["/sms", "/voice", "/voice/turn?n=1", "/voice/ended", "/status?followup=x"])
@pytest.mark.parametrize(
    "forgery", ["none", "wrong", "not even letters", "another URL", "tampered", "another token"]
)
def test_a_forger_gets_403_and_nothing_is_read(path: str, forgery: str, alone: Caller) -> None:
    """No signature, a wrong one, one for another URL, one for another body."""
    caller = alone
    form = {**caller.sms_form("hi"), **caller.voice_form(), "Digits": "1"}
    signatures = {
        "none": "",
        "wrong": "A" * 27 + "=",
        "not even letters": "\u00e9\u00ff=",
        "another URL": caller.sign("/elsewhere", form),
        "another token": RequestValidator("another").compute_signature(
            caller.settings.public_base_url + path, form
        ),
    }
    signature = signatures.get(forgery, caller.sign(path, form))
    if forgery == "tampered":
        form["Body"] = form["Digits"] = "2"
    answer = caller.post(path, form, signature)
    assert 403 == answer.status_code
    with Redis.from_url(caller.settings.redis_url, decode_responses=True) as redis:
        assert [] == [
            key for key in redis.scan_iter() if not str(key).startswith(("webhooks:", "{books}:"))
        ], "but counts and our own words"


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Original-Host"])
def test_headers_do_not_change_what_is_signed(header: str, client: FlaskClient, caller: Caller) -> None:
    """The URL is the configured one, whatever a request says of itself."""
    form = caller.sms_form("hi")
    validator = RequestValidator(caller.settings.twilio_auth_token)
    forged = validator.compute_signature("http://evil.example/sms", form)
    answer = client.post("/sms", data=form, headers={"X-Twilio-Signature": forged, header: "evil.example"})
    assert 403 == answer.status_code


@pytest.mark.parametrize("host", ["http://evil.example", "http://evil.example:x", "http://[", "sms"])
def test_a_target_that_names_a_host_does_not_change_what_is_signed(
    host: str, client: FlaskClient, caller: Caller
) -> None:
    """Some servers hand it on whole. The path counts, at our own address."""
    form = caller.sms_form("hi")
    target = {"RAW_URI": f"{host}/sms"}
    for signature, expected in ((caller.sign("/sms", form), 200), ("A" * 27 + "=", 403)):
        headers = {"X-Twilio-Signature": signature}
        answer = client.post("/sms", data=form, headers=headers, environ_overrides=target)
        assert expected == answer.status_code


def test_the_token_before_is_accepted_while_it_is_changed(settings: Settings, redis: Redis) -> None:  # noqa: ARG001
    """Nobody is turned away during a rotation."""
    old = replace(settings, twilio_auth_token="the old one")
    new = replace(settings, twilio_auth_token="the new one", twilio_auth_token_previous="the old one")
    caller = Caller(create_app(new).test_client(), old)
    assert 200 == caller.text("hi").status_code


SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
SHARED, OLDER = "the-shared-key-of-the-tests", "the-shared-key-before-that"


def signed(settings: Settings, key: str, algorithm: str, told: str | None) -> int:
    """The status of a text that this key signed by this algorithm; `told` is the header that says so."""
    caller = Caller(create_app(settings).test_client(), settings)
    form = caller.sms_form("hi")
    url = settings.public_base_url + "/sms"
    headers = {"X-Twilio-Signature": RequestValidator(key).compute_signature(url, form, algorithm)}
    if told is not None:
        headers[SETTINGS_HEADER] = told
    return caller.client.post("/sms", data=form, headers=headers).status_code


@pytest.mark.parametrize(
    ("key", "algorithm", "told", "expected"),
    [
        pytest.param(
            SHARED, "HMAC_SHA256", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", 200, id="right"
        ),
        pytest.param(OLDER, "HMAC_SHA256", "key=webhooks_sharedkey_0,algorithm=HMAC_SHA256", 200, id="older"),
        pytest.param(SHARED, "HMAC_SHA256", "algorithm=hmac_sha256", 200, id="in small letters"),
        pytest.param("another-shared-key", "HMAC_SHA256", "algorithm=HMAC_SHA256", 403, id="another key"),
        pytest.param(SHARED, "HMAC_SHA256", None, 403, id="no header"),
        pytest.param(SHARED, "HMAC_SHA256", "algorithm=HMAC_SHA1", 403, id="the header of another"),
        pytest.param(SHARED, "HMAC_SHA1", "algorithm=HMAC_SHA1", 403, id="by the older algorithm"),
        pytest.param(
            SHARED, "HMAC_SHA256", "algorithm=HMAC_MD5", 403, id="an algorithm that is none of ours"
        ),
        pytest.param(SHARED, "HMAC_SHA256", "=,;\u00e9,algorithm=", 403, id="nonsense"),
        pytest.param(
            "the token", "HMAC_SHA256", "algorithm=HMAC_SHA256", 403, id="the token by the newer one"
        ),
        pytest.param("the token", "HMAC_SHA1", "key=k,algorithm=HMAC_SHA1", 200, id="the token, and told so"),
        pytest.param("the token", "HMAC_SHA1", None, 200, id="the token as ever"),
    ],
)
def test_a_shared_key_signs_besides_the_token(
    settings: Settings,
    redis: Redis,  # noqa: ARG001 -- empties Redis first
    key: str,
    algorithm: str,
    told: str | None,
    expected: int,
) -> None:
    """Each by its own algorithm alone, whatever the header says."""
    newer = replace(settings, twilio_auth_token="the token", twilio_webhook_keys=(SHARED, OLDER))
    assert expected == signed(newer, key, algorithm, told)


def test_without_a_shared_key_none_is_accepted(settings: Settings) -> None:
    """Nor one that is empty."""
    for key in ("", SHARED):
        assert 403 == signed(settings, key, "HMAC_SHA256", "algorithm=HMAC_SHA256")


@pytest.mark.parametrize("field", ["AccountSid", "To"])
def test_another_account_or_number_is_refused(field: str, caller: Caller) -> None:
    """A signed form that is not for us."""
    assert (
        403
        == caller.text(
            "hi", **{field: "AC" + "0" * 32 if field == "AccountSid" else "+12025550199"}
        ).status_code
    )


BODIES = {
    "10 kB": "x" * 10_000,
    "emoji": "Jane 👩🏽‍🚀🔥",
    "NUL": "Jane\0Doe",
    "control character": "Jane\x0bDoe",
    "XML": "<Redirect>&\"'</Message>",
    "Hindi and Arabic": "जेन डो سلام",
    "empty": "",
    "a date": "2021-05-05 10:00:00",
    "blank": "   ",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("started", [False, True], ids=["new", "in the questions"])
def test_any_text_is_answered_with_words(body: str, started: bool, caller: Caller) -> None:
    """Well-formed TwiML, and something in it."""
    if started:
        caller.text("hi")
        caller.text("1")
    answer = caller.text(body)
    assert 200 == answer.status_code
    assert messages(answer)


def test_a_megabyte_is_refused_before_it_is_parsed(caller: Caller) -> None:
    """413, in one line."""
    assert 413 == caller.text("x" * 1_000_000).status_code


@pytest.mark.parametrize("field", ["Body", "From", "MessageSid", "To", "AccountSid", "NumMedia"])
def test_a_missing_field_is_words_or_a_clear_refusal(field: str, caller: Caller) -> None:
    """Never 5xx."""
    form = caller.sms_form("hi")
    del form[field]
    assert caller.post("/sms", form).status_code in (200, 400)


def test_fields_that_we_do_not_know_are_signed_and_ignored(caller: Caller) -> None:
    """Twilio adds parameters without notice."""
    assert 200 == caller.text("hi", NewParameter="x", ChannelMetadata="{}").status_code


def test_invalid_utf8_is_refused(client: FlaskClient) -> None:
    """It cannot carry a right signature; 4xx, never 5xx."""
    answer = client.post(
        "/sms",
        data=b"Body=%ED%A0%BD&From=%2B12025550123",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": "A" * 27 + "="},
    )
    assert 403 == answer.status_code


@pytest.mark.parametrize("turn", ["", "0", "-1", "x", "1e3", "٣", "999999999999"])
def test_a_turn_that_we_did_not_give_is_refused(turn: str, caller: Caller) -> None:
    """`n` comes from our own TwiML."""
    form = {**caller.voice_form(), "Digits": "1"}
    assert 400 == caller.post(f"/voice/turn?n={quote(turn)}", form).status_code


@pytest.mark.parametrize("caller_id", [*HIDDEN_AS, "unknown", "Restricted", "+12562533", "+1555", ""])
def test_hidden_callers_do_not_share_a_session(
    caller_id: str, client: FlaskClient, settings: Settings
) -> None:
    """Each call of theirs is a conversation of its own."""
    one, two = Caller(client, settings, caller_id), Caller(client, settings, caller_id)
    one.dial()
    one.turn(1, Digits="1")
    assert "What do you need" in spoken(two.dial())


@pytest.mark.parametrize("shown", ["the exchange's", "the center's", "the staff's"])
def test_callers_behind_one_exchange_do_not_share_a_session(
    shown: str, client: FlaskClient, settings: Settings
) -> None:
    """A school or a center that passes calls on may show its own number for each of them."""
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


def test_a_form_is_measured_before_it_is_parsed(client: FlaskClient, settings: Settings) -> None:
    """With a wrong signature too: 16 kB, 128 fields, and no parts."""
    url, headers = "/sms", {"X-Twilio-Signature": "made up"}
    assert 413 == client.post(url, data={"Body": "x" * 16_384}, headers=headers).status_code
    many = {f"F{n}": "" for n in range(129)}
    assert 413 == client.post(url, data=many, headers=headers).status_code
    parts = {"Body": (BytesIO(b"x"), "x.txt")}
    answer = client.post(url, data=parts, headers=headers, content_type="multipart/form-data")
    assert 415 == answer.status_code
    fitting = Caller(client, settings).text("字" * 1600, **{f"F{n}": "" for n in range(100)})
    assert 200 == fitting.status_code, "the longest text that Twilio delivers is answered"


def test_a_status_of_another_number_of_our_service_is_taken(settings: Settings) -> None:
    """A Messaging Service sends from whichever of its numbers it likes; another's service is refused."""
    service, other = "MG" + "a" * 32, "MG" + "b" * 32
    own = replace(settings, twilio_messaging_service_sid=service)
    caller = Caller(create_app(own).test_client(), own)
    form = {
        "AccountSid": own.twilio_account_sid,
        "From": "+15105550177",
        "To": PARENT,
        "MessageSid": "SM" + "1" * 32,
        "MessageStatus": "delivered",
    }
    path = f"/status?followup={Secrets(own.hotline_secret).who(PARENT)}-000000000000"
    assert 403 == caller.post(path, form).status_code
    assert 403 == caller.post(path, {**form, "MessagingServiceSid": other}).status_code
    assert 204 == caller.post(path, {**form, "MessagingServiceSid": service}).status_code


def test_a_turn_makes_two_round_trips(caller: Caller, redis: Redis) -> None:
    """One script to load, one to commit; counted by the server."""
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


def test_nothing_of_a_parent_is_held_in_the_clear(caller: Caller, redis: Redis) -> None:
    """No number and no word of theirs in any key or value, also with follow-ups waiting."""
    for body in [*SCREENING[:-1], "my son Zebulon has asthma", *OFFERED[-2:], "1", "Zebulon again"]:
        caller.text(body)
    held = everything(redis)
    assert "followups" in held
    assert PARENT[1:] not in held
    assert PARENT[-7:] not in held
    assert "zebulon" not in held.casefold()


def test_stop_ends_what_waits(caller: Caller, settings: Settings, redis: Redis) -> None:
    """Nothing waits, nothing is sealed; the opt-out is kept."""
    for body in [*OFFERED, "1"]:
        caller.text(body)
    assert redis.hget(Keys(who(settings)).person, "sealed")
    assert "no more texts" in " ".join(messages(caller.text("STOP")))
    records = FollowUps(redis).records(who(settings))
    assert {"dropped"} == {record["state"] for record in records.values()}
    assert not redis.hget(Keys(who(settings)).person, "sealed")
    assert [] == messages(caller.text("hello"))
    assert messages(caller.text("START"))


def test_an_opt_out_that_twilio_answered_is_not_answered_twice(
    caller: Caller, settings: Settings, redis: Redis
) -> None:
    """OptOutType says that Advanced Opt-Out has replied; the opt-out still counts."""
    caller.text("hi")
    assert [] == messages(caller.text("STOP", OptOutType="STOP"))
    assert "stopped" == redis.hget(Keys(who(settings)).person, "texting")


def test_a_status_is_noted_for_its_number_alone(caller: Caller, settings: Settings, redis: Redis) -> None:
    """Delivered is recorded; another number's status is refused."""
    for body in [*OFFERED, "1"]:
        caller.text(body)
    id = next(iter(FollowUps(redis).records(who(settings))))
    form = {
        "MessageSid": "SM" + "1" * 32,
        "MessageStatus": "delivered",
        "From": settings.sender,
        "To": PARENT,
        "AccountSid": settings.twilio_account_sid,
    }
    path = f"/status?followup={id}"
    assert 403 == caller.post(path, {**form, "To": "+12025550199"}).status_code
    assert 204 == caller.post(path, form).status_code
    assert 204 == caller.post(path, {**form, "MessageStatus": "sent"}).status_code
    assert "delivered" == FollowUps(redis).records(who(settings))[id]["state"]


def test_a_dead_redis_gives_safe_words_within_two_seconds(settings: Settings) -> None:
    """By text and in a call: 200, the right to ask, and who to call."""
    dead = replace(settings, redis_url="redis://127.0.0.1:9/0")
    caller = Caller(create_app(dead).test_client(), dead)
    for answer, said in ((caller.text, messages), (lambda _: caller.dial(), spoken)):
        began = time.monotonic()
        response = answer("hi")
        assert time.monotonic() - began < 2
        assert 200 == response.status_code
        assert "ask the school in writing" in "".join(said(response))
        assert "por escrito" in "".join(said(response)), "nothing is known of the person: both languages"


@pytest.mark.parametrize("path", ["/fallback/sms", "/fallback/voice"])
def test_a_fallback_is_static_words(path: str, client: FlaskClient) -> None:
    """It answers whatever it is asked, without a signature, in TwiML."""
    for answer in (client.post(path, data={"ErrorCode": "11200"}), client.get(path)):
        assert (200, "text/xml") == (answer.status_code, answer.mimetype)
        assert "ask the school in writing" in answer.text


@pytest.mark.parametrize("path", ["/sms", "/voice", "/status/reply"])
def test_a_webhook_is_only_posted_to(path: str, client: FlaskClient) -> None:
    """GET tells nothing."""
    assert 405 == client.get(path).status_code


def test_the_end_of_a_call_keeps_nothing_of_somebody_erased(
    caller: Caller, settings: Settings, redis: Redis
) -> None:
    """DELETE came by text while the call went on."""
    caller.dial()
    for body in ("DELETE", "1"):
        caller.text(body)
    assert not redis.exists(Keys(who(settings)).session)
    caller.post("/voice/ended", {**caller.voice_form(), "CallStatus": "completed"})
    assert not redis.exists(Keys(who(settings)).session)


@pytest.mark.parametrize("number", [PARENT, ""], ids=["a number", "a hidden one"])
@pytest.mark.parametrize("hours", [True, False], ids=["in hours", "at night"])
def test_a_center_without_a_desk_never_promises_a_call(
    number: str, hours: bool, settings: Settings, redis: Redis
) -> None:
    """By text and in a call nobody is offered a call back or a message that nobody would see; the center's number is
    given, and no request is kept.
    """
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
