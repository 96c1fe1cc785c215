"""With the figures of 100,000 conversations, the server renders each page of the desk within 100 ms."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from statistics import median

import pytest
from flask import Flask
from redis import Redis

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.model.events import AskPerson
from hotline.conversation.model.session import Session
from hotline.store.keys import BUCKETS, counts_key
from hotline.store.months import Month, month_figures, sum_up
from hotline.store.staff_roles import Role
from tests.web.desk.conftest import NOW
from tests.web.desk.visiting import PASSPHRASE, Ask, Desk, account

AT_MOST = 0.1
"""In seconds. The median of five is compared, because the machine is shared."""

CONVERSATIONS = 100_000
DAYS = 380


def count_a_year(redis: Redis, book: Book) -> int:
    """Write the figures of a year to all buckets, as turns do; return the number of conversations."""
    dice, total = random.Random(7), 0
    names = [
        *(f"word.{topic}" for topic in book.topics),
        *(f"outcome.{each}" for each in ("OUT-IEP", "OUT-504", "OUT-BOTH", "OUT-DISC")),
        *(f"state.{code}" for code in list(book.places.states)[:20]),
        *(f"gave_up.sms.en.{s.name}" for s in book.states.values() if isinstance(s, Question)),
        *("miss", "stop", "word.human", "segments", "turn.sms.answered", "status.failed.30003", "send.sent"),
    ]
    with redis.pipeline(transaction=False) as pipe:
        for ago in range(DAYS):
            day = NOW.date() - timedelta(days=ago)
            for bucket in range(BUCKETS):
                opened = -(-CONVERSATIONS // (DAYS * BUCKETS))
                figures = dict.fromkeys(dice.sample(names, 12), dice.randrange(1, 4))
                figures |= {"text_opened": opened, "language.en": opened}
                pipe.hset(counts_key(bucket, day), mapping=figures)  # type: ignore[arg-type]  # str and int
                total += opened
        pipe.execute()
    return total


@pytest.fixture
def busy(desk_app: Flask, redis_at_now: Redis, book: Book, happened: Ask) -> tuple[Desk, str]:
    """Return an admin's browser after such a year, with 30 waiting parents, and the URL of a request."""
    assert count_a_year(redis_at_now, book) >= CONVERSATIONS
    sum_up(redis_at_now, NOW.date())  # as the worker does every hour
    for n in range(30):
        happened(AskPerson("morning"), number=f"+120255501{n:02}", session=Session(language="es"))
    account(desk_app, "boss", Role.ADMIN)
    desk = Desk(desk_app).signed_in(PASSPHRASE, "boss")
    return desk, desk.take()


def seconds(desk: Desk, path: str) -> float:
    """Return the median response time of a page."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        assert 200 == desk.get(path).status_code, path
        took.append(time.perf_counter() - began)
    return median(took)


def test_each_page_is_fast(busy: tuple[Desk, str]) -> None:
    desk, request = busy
    pages = (
        *("/desk", request, "/desk/history", "/desk/figures", "/desk/opening", "/desk/team"),
        *(
            "/desk/figures/2026-11",
            "/desk/figures/2026-10",
            "/desk/figures/2026-10.csv",
            "/desk/figures/report",
        ),
        *(
            f"/desk/words{each}"
            for each in (
                *("", "?which=due", "/text/hotline.greeting.text", "/text/letters.records.letter"),
                *("/topics", "/topic/new", "/reminders", "/centers", "/conflicts", "/versions"),
            )
        ),
    )
    took = {path: round(seconds(desk, path) * 1000) for path in pages}
    assert {} == {path: ms for path, ms in took.items() if ms > AT_MOST * 1000}


def test_a_stored_sum_equals_the_sum_of_its_days(redis_at_now: Redis, book: Book) -> None:
    """Both for a past month and for the current one, whose last days are read live."""
    count_a_year(redis_at_now, book)
    today, first_of = NOW.date(), dict[Month, int]()
    for month in (Month.of(today), Month.of(today).before):
        first = month_figures(redis_at_now, month, today)
        first_of[month] = first["text_opened"]
        assert first == month_figures(redis_at_now, month, today)
        assert first["text_opened"] == sum(
            int(redis_at_now.hget(counts_key(bucket, day), "text_opened") or 0)
            for day in month.days
            if day <= today
            for bucket in range(BUCKETS)
        )
    redis_at_now.hincrby(counts_key(3, today), "text_opened", 5)
    again = month_figures(redis_at_now, Month.of(today), today)
    assert again["text_opened"] == first_of[Month.of(today)] + 5
