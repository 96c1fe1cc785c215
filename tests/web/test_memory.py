"""A person's memory in Redis is small after a screening, smaller a day later, and does not keep growing."""

from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis

from hotline.config.settings import Settings
from hotline.store import packing
from hotline.web.app import create_app
from tests.web.stored_memory import CONSENT, SCREENING, measure, used
from tests.web.twilio_forms import Caller

RIGHT_AFTER, DAY_LATER, WAITING = 3000, 1000, 500
"""Maximum bytes of a person, and of each waiting follow-up."""

PEOPLE = 16


@pytest.fixture
def packing_app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the app of a process that has run long enough to pack what it stores."""
    monkeypatch.setattr(packing, "DEPLOY_LASTS", timedelta())
    return create_app(settings)


@pytest.mark.parametrize("after", [(), CONSENT], ids=["screening", "and reminders"])
def test_a_person_takes_little_memory(
    packing_app: Flask, redis: Redis, settings: Settings, after: tuple[str, ...]
) -> None:
    used = measure(packing_app, redis, settings, PEOPLE, SCREENING + after)
    assert used.waiting == (3 if after else 0), "the texts no longer lead to the reminders"
    planned = used.waiting * WAITING
    assert used.at_once.total() <= RIGHT_AFTER + planned, used.at_once
    assert used.day_later.total() <= DAY_LATER + planned, used.day_later
    assert not after or used.of_a_followup <= WAITING


def test_long_conversations_take_no_more_memory(packing_app: Flask, redis: Redis, settings: Settings) -> None:
    """Only the marks of processed events grow, by 16 bytes each."""
    caller = Caller(packing_app.test_client(), settings)
    turns = ("start over", "1", "3", "no", "no plan", *("back", "no plan") * 5)
    sizes = []
    for _ in range(5):
        for text in turns:
            assert caller.text(text).status_code == 200
        at_once, _ = used(redis)
        marks = at_once.pop("taken")
        sizes.append((marks, at_once.total()))
    (marks, rest), *_, (last_marks, last_rest) = sizes[1:]
    assert last_rest <= rest + 64, "a packed session differs by a few bytes"
    assert last_marks - marks <= 3 * 16 * len(turns) + 64, "memory is given out in steps"
