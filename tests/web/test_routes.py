"""A webhook gets the same response with and without Flask."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from hotline.config.settings import Settings
from hotline.web import webhooks
from hotline.web.forms import FORM, MOST_FIELDS
from hotline.web.rsgi import Served
from tests.web.twilio_forms import Caller

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A POST request with these fields and this signature, "" for none."""

    path: str
    fields: Fields
    signature: str
    content_type: str = FORM

    @property
    def body(self) -> bytes:
        return urlencode(self.fields).encode()

    @property
    def headers(self) -> dict[str, str]:
        signed = {"x-twilio-signature": self.signature} if self.signature else {}
        return {"content-type": self.content_type, "content-length": str(len(self.body)), **signed}


class Headers(dict[str, str]):
    """The headers of a request, as granian provides them."""

    def get_all(self, name: str) -> list[str]:
        found = self.get(name.lower())
        return [] if found is None else [found]


Answered = tuple[int, dict[str, str], str]


def without_flask(app: Flask, asked: Asked) -> Answered:
    path, _, query = asked.path.partition("?")
    scope: Any = SimpleNamespace(method="POST", path=path, query_string=query, headers=Headers(asked.headers))
    answer = Served(app).answer(scope, asked.body)
    return answer.status, dict(answer.headers), answer.body.decode()


def through_flask(app: Flask, asked: Asked) -> Answered:
    answer = app.test_client().post(
        asked.path, data=asked.body, headers=asked.headers, content_type=asked.content_type
    )
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert str(len(answer.data)) == headers.pop("content-length", "0")
    return answer.status_code, headers, answer.text


def a_text(caller: Caller, **fields: str) -> Asked:
    form = {**caller.sms_form("hi"), **fields}
    return Asked("/sms", form, caller.sign("/sms", form))


def a_call(caller: Caller, path: str, **fields: str) -> Asked:
    form = {**caller.voice_form(), "CallSid": f"CA{uuid4().hex}", **fields}
    return Asked(path, form, caller.sign(path, form))


def odd(caller: Caller, **changed: Any) -> Asked:
    right = a_text(caller)
    return Asked(**{"path": "/sms", "fields": right.fields, "signature": right.signature, **changed})


REQUESTS: dict[str, tuple[int, Callable[[Caller], Asked]]] = {
    "a text": (200, a_text),
    "a text to another number": (403, lambda caller: a_text(caller, To="+12025550199")),
    "a text without an id": (400, lambda caller: a_text(caller, MessageSid="")),
    "a call": (200, lambda caller: a_call(caller, "/voice")),
    "keys": (200, lambda caller: a_call(caller, "/voice/turn?n=1", Digits="1")),
    "keys without a turn": (400, lambda caller: a_call(caller, "/voice/turn?m=1", Digits="1")),
    "the end of a call": (204, lambda caller: a_call(caller, "/voice/ended", CallStatus="completed")),
    "a status of nothing": (400, lambda caller: a_call(caller, "/status", From=caller.settings.sender)),
    "a reply's status": (
        204,
        lambda caller: a_call(caller, "/status/reply?event=x", From=caller.settings.sender),
    ),
    "no signature": (403, lambda caller: odd(caller, signature="")),
    "another's signature": (403, lambda caller: odd(caller, signature="A" * 27 + "=")),
    "no form": (415, lambda caller: odd(caller, content_type="application/json")),
    "many fields": (413, lambda caller: odd(caller, fields={f"a{n}": "1" for n in range(MOST_FIELDS + 1)})),
    "the static message": (200, lambda caller: odd(caller, path="/fallback/sms")),
    "the static message of a call": (200, lambda caller: odd(caller, path="/fallback/voice", signature="")),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_webhook_gets_the_same_response_with_and_without_flask(
    name: str, app: Flask, settings: Settings, redis: Redis
) -> None:
    status, ask = REQUESTS[name]
    caller = Caller(app.test_client(), settings)
    one, other = ask(caller), ask(caller)
    answered = without_flask(app, one)
    redis.flushall()
    assert answered == with_id_of(one, other, through_flask(app, other))
    assert status == answered[0]


def test_a_query_that_is_not_utf8_is_refused(app: Flask, settings: Settings) -> None:
    """Without Flask too, because granian passes on unescaped bytes (`test_app` tests it with Flask)."""
    for query in ("\xff", "\u1234"):
        asked = odd(Caller(app.test_client(), settings), path=f"/sms?x={query}")
        status, _, words = without_flask(app, asked)
        assert (400, "the query must be UTF-8, percent-encoded\n") == (status, words)


def with_id_of(one: Asked, other: Asked, answered: Answered) -> Answered:
    """Return the response to `other` as if it were for `one`: that to a text names its event."""
    status, headers, document = answered
    ids = other.fields.get("MessageSid"), one.fields.get("MessageSid")
    return status, headers, document.replace(ids[0], ids[1]) if ids[0] and ids[1] else document


@pytest.mark.parametrize(
    ("path", "status", "words"), [("/sms", 200, "<Message"), ("/voice", 200, "<Say"), ("/status", 500, "")]
)
def test_a_failing_webhook_gets_the_static_message(
    path: str, status: int, words: str, app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(webhooks, "our_form", broken)
    monkeypatch.setattr(webhooks, "call_form", broken)
    asked = a_call(Caller(app.test_client(), settings), path)
    for way in (without_flask, through_flask):
        found, headers, document = way(app, asked)
        assert (status, "nosniff") == (found, headers["x-content-type-options"])
        assert words in document
