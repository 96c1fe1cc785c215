"""Budgets and auto-replies over the webhooks: last word, silence, and urgent texts, always answered."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from hotline.channels import sms
from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import Ask, Reply, Tell
from hotline.conversation.model.segments import count as segments
from hotline.conversation.model.session import Session
from hotline.publishing.lint.budgets import MOST_PICKED
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys
from hotline.store.metrics import figures
from hotline.web.app import create_app
from hotline.web.reply_guard import is_echo
from tests.web.twilio_forms import OFFERED, PARENT, SCREENING, Caller, messages

LAST_WORD = "We will pause for a little while"
SAFE = "ask the school in writing"
URGENT = {
    "i want to die": "988",
    "my dad hits me": "Childhelp",
    "HELP": "A person:",
    "delete my data": "Delete all",
    "STOP": "no more texts",
}
FOCUS = "I’m driving with Focus turned on. I’ll see your message when I get where I’m going."
NUMBERS = count(100)
"""Each test has its own number, because they share the day's figures."""


Phone = Callable[..., Caller]


@pytest.fixture
def phone(settings: Settings, redis: Redis) -> Phone:  # noqa: ARG001 -- empties Redis first
    def made(**limits: int) -> Caller:
        limited = replace(settings, **limits)  # type: ignore[arg-type]  # all are int
        return Caller(create_app(limited).test_client(), limited, f"+1202555{next(NUMBERS):04d}")

    return made


def said(answer: TestResponse) -> str:
    assert (200, "text/xml") == (answer.status_code, answer.mimetype)
    return " ".join(messages(answer))


def place(caller: Caller, redis: Redis) -> str:
    return str(json.loads(redis.hget(Keys(caller.who).session, "session") or "{}").get("state", ""))


def use_up(caller: Caller) -> str:
    """Ask until there is no regular answer; return the last word."""
    for n in range(60):
        words = said(caller.text(f"what is an iep {'please ' * n}"))
        if LAST_WORD in words or SAFE in words:
            return words
        assert "IEP" in words
    pytest.fail("there was always an answer")


@pytest.mark.parametrize("budget", ["segments_per_hour_per_number", "segments_per_day_per_number"])
def test_excess_texts_get_one_last_word(phone: Phone, redis: Redis, budget: str) -> None:
    caller = phone(**{budget: 20})
    for body in SCREENING[:5]:
        caller.text(body)
    assert LAST_WORD in use_up(caller)
    before = place(caller, redis)
    for body in ("1", "menu", "hello", "1"):
        assert "" == said(caller.text(body))
    assert before == place(caller, redis)


def test_the_last_word_is_in_their_language(phone: Phone) -> None:
    caller = phone(segments_per_hour_per_number=8)
    said(caller.text("hola"))
    words = next(filter(None, (said(caller.text("menú")) for _ in range(4))))
    for _ in range(30):
        if "una pausa corta" in words:
            break
        words = said(caller.text(f"qué es un iep {next(NUMBERS)}"))
    assert "988" in words
    assert caller.settings.center_name in words


def test_a_repeated_webhook_gets_the_same_answer_even_when_suppressed(phone: Phone) -> None:
    caller = phone(segments_per_hour_per_number=6)
    caller.text("hi")
    for expected in (True, False):
        form = caller.sms_form("what is a 504 plan")
        first = caller.post("/sms", form)
        assert expected is (LAST_WORD in said(first))
        assert first.text == caller.post("/sms", form).text


@pytest.mark.parametrize(("body", "expected"), URGENT.items(), ids=URGENT)
@pytest.mark.parametrize("budget", ["segments_per_hour_per_number", "segments_per_day"])
def test_urgent_texts_are_always_answered(
    phone: Phone, redis: Redis, budget: str, body: str, expected: str
) -> None:
    caller = phone(**{budget: 6})
    caller.text("hi")
    if budget == "segments_per_day":
        redis.hincrby(Keys("0" * 32).counts(datetime.now(caller.settings.time_zone)), "segments", 50)
        caller.client.application.extensions["hotline"].budgets.look(
            datetime.now(caller.settings.time_zone).date()
        )
    last_word = use_up(caller)
    assert (SAFE if budget == "segments_per_day" else LAST_WORD) in last_word
    assert "" == said(caller.text("what is an iep"))
    assert expected in said(caller.text(body))
    assert "" == said(caller.text("what is an iep"))


def test_stop_and_start_work_without_any_budget(phone: Phone) -> None:
    caller = phone(segments_per_hour_per_number=1)
    assert LAST_WORD in said(caller.text("hi"))
    assert "no more texts" in said(caller.text("STOP"))
    assert "" == said(caller.text("hi"))
    assert "you can text us again" in said(caller.text("START"))


def test_after_the_daily_budget_each_number_gets_the_safe_words_once(phone: Phone, redis: Redis) -> None:
    caller = phone(segments_per_day=10)
    day = datetime.now(caller.settings.time_zone)
    budgets = caller.client.application.extensions["hotline"].budgets
    caller.text("hi")
    redis.hincrby(Keys("0" * 32).counts(day), "segments", 9)
    budgets.look(day.date())
    for number in (caller.number, f"+1202555{next(NUMBERS):04d}"):
        another = Caller(caller.client, caller.settings, number)
        assert SAFE in said(another.text("1"))
        assert "" == said(another.text("hello"))
    assert {"held_back.safe_words": 2, "held_back.silence": 2} == {
        name: n for name, n in figures(redis, day.date()).items() if name.startswith("held_back")
    }


def test_sent_segments_are_counted_per_day(phone: Phone, redis: Redis) -> None:
    caller = phone()
    sent = [each for body in SCREENING for each in messages(caller.text(body))]
    assert (
        sum(map(segments, sent)) == figures(redis, datetime.now(caller.settings.time_zone).date())["segments"]
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_reading_everything_stays_within_the_budgets(book: Book, settings: Settings, language: str) -> None:
    def reply(name: str) -> tuple[Reply, ...]:
        match book.states[name]:
            case Question() as question if question.picks:  # offers a few of its choices at once
                return (Ask(name, only=tuple(choice.name for choice in question.choices[:MOST_PICKED])),)
            case Question():
                return (Ask(name),)
            case Statement(asked=asked) if asked:  # a dictionary entry: no one reads all of them in a day
                return ()
            case Statement() as statement:
                return (Tell(text_id(statement)),)
            case _:
                return ()

    each = [sum(map(segments, sms.bodies(book, language, reply(name)))) for name in book.states]
    assert sum(each) < settings.segments_per_day_per_number
    assert sum(each) < 3 * settings.segments_per_hour_per_number


@pytest.mark.parametrize(
    "body",
    ["Thank you for your message. We will get back to you.", "asdfgh", "menu", "OK", "what is an IEP", "hi"],
)
def test_a_repeated_text_is_silenced(phone: Phone, body: str) -> None:
    caller = phone()
    caller.text("hola")
    caller.text("english")
    answers = [said(caller.text(body)) for _ in range(8)]
    assert [True] * 3 == [bool(words) and LAST_WORD not in words for words in answers[:3]]
    assert LAST_WORD in answers[3]
    assert [""] * 4 == answers[4:]
    words = said(caller.text("what are my rights"))
    assert words
    assert LAST_WORD not in words


@pytest.mark.parametrize(
    "bodies",
    [
        "AUTO-REPLY: I am out until Monday | Auto reply: I am still out",
        "I am out of the office. If this is an emergency call 911. This is an automated message.",
        "I'm driving with Do Not Disturb While Driving turned on.",
        f"{FOCUS} | I’m not receiving notifications.",
        "I'm driving right now, I'll get back to you later.",
        "Respuesta automática: volveré el lunes. | Este es un mensaje automático.",
        "Estoy manejando. Te respondo luego.",
    ],
)
def test_a_declared_auto_reply_is_answered_once(phone: Phone, bodies: str) -> None:
    caller = phone()
    caller.text("hi")
    first, *others = [said(caller.text(body)) for body in bodies.split(" | ") * 4]
    assert first
    assert [""] * len(others) == others
    assert said(caller.text("what is an iep"))
    assert said(caller.text(bodies.split(" | ")[0]))


@pytest.mark.parametrize(
    "body",
    [
        "This phone is not monitored. STOP texting me",
        "Wrong number, this is not monitored, please stop texting me",
        "Automated message: unsubscribe me",
        "No responda a este número. Dejen de mandarme mensajes",
    ],
)
def test_an_opt_out_in_an_auto_reply_counts(phone: Phone, redis: Redis, body: str) -> None:
    caller = phone()
    who = caller.who
    for words in (*OFFERED, "1", "I'm driving right now"):
        caller.text(words)
    assert "yes" == redis.hget(Keys(who).person, "texting")
    assert "" == said(caller.text(body))
    assert "stopped" == redis.hget(Keys(who).person, "texting")
    assert "waiting" not in {record["state"] for record in FollowUps(redis).records(who).values()}


def test_a_possible_opt_out_counts_beyond_the_budget(phone: Phone, redis: Redis) -> None:
    """We cannot ask back, and an unanswered question counts as an opt-out (47 CFR 64.1200(a)(12))."""
    caller = phone(segments_per_hour_per_number=30)
    who = caller.who
    for words in (*OFFERED, "1"):
        caller.text(words)
    use_up(caller)
    assert "" == said(caller.text("too many texts"))
    assert "stopped" == redis.hget(Keys(who).person, "texting")


def test_an_echo_is_answered_once(phone: Phone) -> None:
    caller = phone()
    caller.text("hi")
    answers = []
    body = messages(caller.text("what is an iep"))[-1]
    for _ in range(6):
        answers.append(messages(caller.text(body)))
        body = answers[-1][-1] if answers[-1] else body
    assert [True, False, False, False, False, False] == [bool(answer) for answer in answers]


def test_an_echo_of_what_do_you_mean_is_recognized(book: Book) -> None:
    session = Session(state="which_topic", between=("faq_cost", "faq_sign", "none"))
    body = sms.body(book, "en", (Ask("which_topic", only=session.between),))
    assert is_echo(book, session, body)
    assert not is_echo(book, replace(session, between=("faq_moving", "faq_sign", "none")), body)


def test_repeated_answers_to_different_questions_are_allowed(phone: Phone) -> None:
    caller = phone()
    for body in SCREENING:
        words = said(caller.text(body))
    assert "worth asking for" in words
    for _ in range(6):
        assert LAST_WORD not in said(caller.text("back")) != ""


def test_two_machines_stay_below_the_carriers_loop_limit(phone: Phone) -> None:
    """Sixty different texts get fewer than 30 messages. Twilio blocks 30 in 30 seconds as a loop."""
    caller = phone()
    caller.text("hi")
    sent = sum(len(messages(caller.text(f"zxqv {'qj' * n} wvut"))) for n in range(60))
    assert 0 < sent < 30


def read(redis: Redis, key: str) -> object:
    return {"string": redis.get, "set": redis.smembers}.get(str(redis.type(key)), redis.hgetall)(key)


def test_an_auto_replys_words_are_not_stored(phone: Phone, redis: Redis) -> None:
    caller = phone()
    for _ in range(5):
        caller.text("Zebulon is away")
    held = "".join(
        key + str(read(redis, key)) for key in map(str, redis.scan_iter()) if not key.startswith(OURS)
    )
    assert ":said:" in held
    assert "zebulon" not in held.casefold()
    assert caller.number[1:] not in held
    (key,) = [key for key in redis.scan_iter() if ":said:" in key]
    assert 0 < redis.ttl(key) <= 600


@pytest.mark.parametrize("budget", ["segments_per_hour_per_number", "segments_per_day_per_number"])
def test_a_call_after_too_many_texts_hears_whom_to_call(phone: Phone, budget: str) -> None:
    caller = phone(**{budget: 20})
    assert LAST_WORD in use_up(caller)
    heard = caller.dial().text
    assert "<Gather" not in heard
    assert "9 8 8" in heard
    assert "nueve ocho ocho" in heard
    assert SAFE in heard
    assert "Other topics" in phone(**{budget: 20}).dial().text


OURS = ("webhooks:", "{books}:")
"""Keys with counts and our own texts, with nothing about a person."""
NOT_FOR_US = {
    "Mexico": "+529991234567",
    "Jamaica": "+18765550123",
    "a short code": "72345",
    "a name": "MyBank",
    "ourselves": "our own",
}


@pytest.mark.parametrize("number", NOT_FOR_US.values(), ids=NOT_FOR_US)
def test_a_text_from_a_number_we_do_not_serve_gets_no_answer(phone: Phone, redis: Redis, number: str) -> None:
    """An empty 200 makes the carrier send nothing and skip the fallback. Only a count is stored."""
    caller = phone()
    caller.number = caller.settings.sender if number == "our own" else number
    for body in ("hi", "STOP"):
        answer = caller.text(body)
        assert (200, "text/xml", []) == (answer.status_code, answer.mimetype, messages(answer))
    day = datetime.now(caller.settings.time_zone).date()
    assert {"text_not_for_us": 2} == figures(redis, day)
    assert 1 == len([key for key in redis.scan_iter() if not str(key).startswith(OURS)])


def test_a_call_from_another_country_hears_one_sentence(phone: Phone, redis: Redis) -> None:
    caller = phone()
    caller.number = NOT_FOR_US["Mexico"]
    answer = caller.dial()
    assert "this line cannot take calls from your country" in answer.text
    assert "no puede atender llamadas de su país" in answer.text
    assert "<Hangup" in answer.text
    assert "<Gather" not in answer.text
    assert 204 == caller.post("/voice/ended", caller.voice_form()).status_code
    assert {"call_not_for_us": 1} == figures(redis, datetime.now(caller.settings.time_zone).date())
    assert 1 == len([key for key in redis.scan_iter() if not str(key).startswith(OURS)])


def test_another_country_can_be_served(settings: Settings, redis: Redis) -> None:  # noqa: ARG001 -- empties Redis first
    mexico = replace(settings, countries=("MX",))
    client = create_app(mexico).test_client()
    assert messages(Caller(client, mexico, NOT_FOR_US["Mexico"]).text("hola"))
    assert [] == messages(Caller(client, mexico, PARENT).text("hi"))


def test_other_countries_are_refused_while_redis_is_down(settings: Settings) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:9/0")
    caller = Caller(create_app(away).test_client(), away, NOT_FOR_US["Mexico"])
    assert [] == messages(caller.text("hi"))
    assert "your country" in caller.dial().text
