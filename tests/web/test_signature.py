"""One signature is one event: names and values are signed with nothing between them, and may be cut anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from hotline.store.keys import Keys, Secrets
from tests.web.twilio_forms import PARENT, Caller, messages

Form = dict[str, str]

SOMEBODY = "+13105550177"
SCREENING = ("hi", "1", "3", "2", "1", "1", "1", "1")


def signed_text(form: Form) -> str:
    """What is signed of a form, behind the URL."""
    return "".join(f"{name}{form[name]}" for name in sorted(form))


def swallowed(form: Form) -> Iterator[Form]:
    """The id takes in the next field, and the next."""
    cut = dict(form)
    for name in [name for name in sorted(form) if name > "MessageSid"][:3]:
        cut["MessageSid"] += name + cut.pop(name)
        yield dict(cut)


def shortened(form: Form) -> Iterator[Form]:
    """The id ends earlier, and all that follows it is one field more, whose name comes last."""
    before = {name: value for name, value in form.items() if name < "MessageSid"}
    _, _, rest = signed_text(form).partition("MessageSid")
    for end in range(2, len(form["MessageSid"])):
        if rest[end] > "a":
            yield {**before, "MessageSid": rest[:end], rest[end]: rest[end + 1 :]}


@pytest.mark.parametrize("cut_anew", [swallowed, shortened])
def test_a_request_that_is_cut_anew_is_no_new_event(
    caller: Caller, redis: Redis, cut_anew: Callable[[Form], Iterator[Form]]
) -> None:
    """Whoever wrote one "1" down could answer questions with it, and say yes to texts."""
    for body in SCREENING:
        caller.text(body)
    form = caller.sms_form("1")
    signature = caller.sign("/sms", form)
    assert messages(caller.post("/sms", form, signature))
    keys = Keys(Secrets(caller.settings.hotline_secret).who(PARENT))
    before = redis.hgetall(keys.session), redis.hgetall(keys.person)
    again = [caller.post("/sms", each, signature) for each in cut_anew(form)]
    assert len(again) >= 3
    assert [(200, [])] * len(again) == [(answer.status_code, messages(answer)) for answer in again]
    assert before == (redis.hgetall(keys.session), redis.hgetall(keys.person))


def test_a_call_that_is_cut_anew_is_no_new_call(caller: Caller, redis: Redis) -> None:
    """The parent is not thrown back to the beginning, and nothing is looked up again."""
    form = {**caller.voice_form(), "CallStatus": "ringing"}
    signature = caller.sign("/voice", form)
    assert caller.post("/voice", form, signature).status_code == 200
    caller.turn(1, Digits="1")
    keys = Keys(Secrets(caller.settings.hotline_secret).who(PARENT))
    before = redis.hgetall(keys.session)
    cut = {name: value for name, value in form.items() if name != "CallStatus"}
    cut["CallSid"] += "CallStatusringing"
    again = caller.post("/voice", cut, signature)
    assert (200, "Gather" in again.text) == (200, False)
    assert before == redis.hgetall(keys.session)


@pytest.mark.parametrize(
    "body",
    [
        f"STOPFrom{PARENT}MessageSidSM{'0' * 32}ZZ",
        f"hiFrom{PARENT}",
        f"From{PARENT} sent this",
    ],
)
def test_nobody_can_write_another_sender_into_a_text(caller: Caller, body: str) -> None:
    """Their own signed request would be one from that number too."""
    assert caller.text(body, From=SOMEBODY).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        "From +13105550177 to you",
        "from+13105550177",
        f"From{SOMEBODY}",
        "call me: +12025550123",
        "From: a mom",
    ],
)
def test_a_number_in_a_text_is_no_sender(caller: Caller, body: str) -> None:
    """Unless it stands right behind that word; one's own may."""
    assert messages(caller.text(body, From=SOMEBODY))
