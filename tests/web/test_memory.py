"""What a person takes in Redis: little after a whole screening, less a day later, and nothing that only grows."""

from __future__ import annotations

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
"""Bytes of a person, and of one waiting follow-up beside that."""

PEOPLE = 16


@pytest.fixture
def packing_app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app of a process that has run for a while, so that it packs what it stores."""
    monkeypatch.setattr(packing, "DEPLOY_LASTS", timedelta())
    return create_app(settings)


@pytest.mark.parametrize("after", [(), CONSENT], ids=["screening", "and reminders"])
def test_a_person_takes_little(
    packing_app: Flask, redis: Redis, settings: Settings, after: tuple[str, ...]
) -> None:
    """By what Redis says of all keys that grow with the number of people, but the audit."""
    used = measure(packing_app, redis, settings, PEOPLE, SCREENING + after)
    assert used.waiting == (3 if after else 0), "the texts no longer lead to the reminders"
    planned = used.waiting * WAITING
    assert used.at_once.total() <= RIGHT_AFTER + planned, used.at_once
    assert used.day_later.total() <= DAY_LATER + planned, used.day_later
    assert not after or used.of_a_followup <= WAITING


def test_a_person_who_goes_on_takes_no_more(packing_app: Flask, redis: Redis, settings: Settings) -> None:
    """Only the marks of what was taken grow, by 16 bytes a turn."""
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
