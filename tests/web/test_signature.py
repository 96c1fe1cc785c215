"""One signature is one event, although fields are signed without separators and can be resplit."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from redis import Redis
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from hotline.config.settings import Settings
from hotline.store.keys import Keys
from hotline.web.app import create_app
from hotline.web.signature import signature_of
from tests.web.twilio_forms import OFFERED, PARENT, Caller, messages

Form = dict[str, str]

SOMEBODY = "+13105550177"


def signed_text(form: Form) -> str:
    return "".join(f"{name}{form[name]}" for name in sorted(form))


def swallowed(form: Form) -> Iterator[Form]:
    """Yield forms whose id absorbs the next one to three fields."""
    cut = dict(form)
    for name in [name for name in sorted(form) if name > "MessageSid"][:3]:
        cut["MessageSid"] += name + cut.pop(name)
        yield dict(cut)


def shortened(form: Form) -> Iterator[Form]:
    """Yield forms with a shorter id, whose rest is one extra field that sorts last."""
    before = {name: value for name, value in form.items() if name < "MessageSid"}
    _, _, rest = signed_text(form).partition("MessageSid")
    for end in range(2, len(form["MessageSid"])):
        if rest[end] > "a":
            yield {**before, "MessageSid": rest[:end], rest[end]: rest[end + 1 :]}


@pytest.mark.parametrize("cut_anew", [swallowed, shortened])
def test_a_resplit_request_is_not_a_new_event(
    caller: Caller, redis: Redis, cut_anew: Callable[[Form], Iterator[Form]]
) -> None:
    """Otherwise one recorded "1" could answer questions and consent to texts."""
    for body in OFFERED:
        caller.text(body)
    form = caller.sms_form("1")
    signature = caller.sign("/sms", form)
    assert messages(caller.post("/sms", form, signature))
    keys = Keys(caller.who)
    before = redis.hgetall(keys.session), redis.hgetall(keys.person)
    again = [caller.post("/sms", each, signature) for each in cut_anew(form)]
    assert len(again) >= 3
    assert [(200, [])] * len(again) == [(answer.status_code, messages(answer)) for answer in again]
    assert before == (redis.hgetall(keys.session), redis.hgetall(keys.person))


def test_a_resplit_call_is_not_a_new_call(caller: Caller, redis: Redis) -> None:
    form = {**caller.voice_form(), "CallStatus": "ringing"}
    signature = caller.sign("/voice", form)
    assert caller.post("/voice", form, signature).status_code == 200
    caller.turn(1, Digits="1")
    keys = Keys(caller.who)
    before = redis.hgetall(keys.session)
    cut = {name: value for name, value in form.items() if name != "CallStatus"}
    cut["CallSid"] += "CallStatusringing"
    again = caller.post("/voice", cut, signature)
    assert (200, "Gather" in again.text) == (200, False)
    assert before == redis.hgetall(keys.session)


def behind(form: Form, name: str) -> str:
    text = signed_text(form)
    return text[text.index(f"{name}{form[name]}") :]


FORGED = {
    "a last field takes the rest": (f"STOPFrom{PARENT}MessageSidSM{'0' * 32}ZZ", "ZZ"),
    "a field takes the sender alone": (f"STOPFrom{PARENT}FromA", "FromA"),
    "the rest follows as it was": (f"STOPFrom{PARENT}", ""),
}


@pytest.mark.parametrize(("body", "rest"), FORGED.values(), ids=FORGED.keys())
def test_a_text_cannot_be_resplit_into_one_from_another_sender(caller: Caller, body: str, rest: str) -> None:
    """Otherwise an attacker could resplit their own signed request to stop that parent's texts."""
    form = {**caller.sms_form(body), "From": SOMEBODY}
    signature = caller.sign("/sms", form)
    assert messages(caller.post("/sms", form, signature)), "it is a text like any other"
    cut = {name: value for name, value in form.items() if name < "From"} | {"Body": "STOP", "From": PARENT}
    if rest == "ZZ":
        cut |= {"MessageSid": f"SM{'0' * 32}", "ZZ": behind(form, "From")}
    elif rest:
        cut |= {name: value for name, value in form.items() if name > "From"}
        cut[rest] = f"From{SOMEBODY}"
    else:
        cut |= {name: value for name, value in form.items() if name > "From"}
        cut[f"From{SOMEBODY[:6]}"] = SOMEBODY[6:]
    assert signed_text(form) == signed_text(cut), "else this proves nothing"
    assert 403 == caller.post("/sms", cut, signature).status_code


def test_a_duplicate_field_is_refused(caller: Caller, client: FlaskClient) -> None:
    form = MultiDict([*caller.sms_form("hi").items(), ("From", SOMEBODY)])
    signer = RequestValidator(caller.settings.twilio_auth_token)
    signature = signer.compute_signature(f"{caller.settings.public_base_url}/sms", form)
    assert 403 == client.post("/sms", data=form, headers={"X-Twilio-Signature": signature}).status_code


@pytest.mark.parametrize(
    "body",
    [
        "From +13105550177 to you",
        "from+13105550177",
        f"From{SOMEBODY}",
        "call me: +12025550123",
        f"From{PARENT} sent this",
        f"hiFrom{PARENT}",
        "From: a mom",
    ],
)
def test_a_number_in_a_text_is_not_taken_for_a_sender(caller: Caller, body: str) -> None:
    assert messages(caller.text(body, From=SOMEBODY))


def test_words_of_danger_are_answered_with_any_number_in_them(caller: Caller) -> None:
    assert "988" in "".join(messages(caller.text(f"kill myself From{PARENT}", From=SOMEBODY)))


@pytest.mark.parametrize("port", ["", ":443"])
def test_a_signature_is_computed_at_most_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    asked: list[str] = []

    def computed(key: bytes, text: str, hashed: str) -> bytes:
        asked.append(text.partition("AccountSid")[0])
        return signature_of(key, text, hashed)

    ours = replace(settings, public_base_url=f"https://hotline.example{port}", twilio_auth_token_previous="")
    caller = Caller(create_app(ours).test_client(), ours)
    form = caller.sms_form("hi")
    right = caller.sign("/sms", form)
    monkeypatch.setattr("hotline.web.signature.signature_of", computed)
    assert 403 == caller.post("/sms", form, "made up").status_code
    assert ["https://hotline.example/sms", "https://hotline.example:443/sms"] == sorted(asked)
    assert 200 == caller.post("/sms", form, right).status_code
