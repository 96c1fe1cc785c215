"""The flows are edited under a running service."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from hotline.config.settings import Settings
from hotline.publishing import versions as shelves
from hotline.web import health
from hotline.web.app import create_app
from tests.copied_flows import copied_flows
from tests.web.twilio_forms import Caller, messages

NEWCOMER = "+12025550177"
Edit = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def each_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """/status looks again whenever it is asked."""
    monkeypatch.setattr(health, "STATUS_TTL", timedelta(seconds=-1))


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A copy of the flows that may be edited."""
    return copied_flows(tmp_path / "flows")


@pytest.fixture
def live(settings: Settings, flows: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A service on those flows that looks at them with each turn."""
    assert redis.dbsize() == 0
    monkeypatch.setattr(shelves, "LOOK_EVERY_SECONDS", 0.0)
    return create_app(replace(settings, flows_dir=flows, books_dir=flows.parent / "books"))


@pytest.fixture
def edit(flows: Path, live: Flask) -> Edit:
    """Edits the questions and waits until the service has seen it."""
    edits: list[int] = []

    def edited(old: str, new: str) -> None:
        file = flows / "screening.toml"
        before = file.read_text(encoding="utf-8")
        assert before.count(old) == 1
        file.write_text(before.replace(old, new), encoding="utf-8")
        edits.append(1)
        os.utime(file, (len(edits), len(edits)))
        for _ in range(2):  # it reads what stands still from one look to the next
            live.test_client().get("/healthz")
            live.extensions["hotline"].versions.current()

    return edited


def last(caller: Caller, *texts: str) -> str:
    """What the last of these texts is answered with."""
    for text in texts:
        answer = caller.text(text)
    return " ".join(messages(answer))


def test_a_broken_edit_changes_nothing_and_is_told(live: Flask, edit: Edit, settings: Settings) -> None:
    """Parents hear the old words; /status says where the fault is and does not take the service away."""
    broken, mended = 'text = "How old?"\ngo_to = "nowhere"', 'text = "How old?"'
    edit('text = "Which age group is your child in?"', broken)
    client = live.test_client()
    assert "Which age group is your child in?" in last(Caller(client, settings), "hi", "1")
    before = client.get("/status")
    assert before.json
    assert "the last good ones are served: screening.toml [child_age]" in before.json["flows"]
    edit(broken, mended)
    after = client.get("/status")
    assert after.json
    assert "ok" == after.json["flows"]
    assert before.status_code == after.status_code
    assert "How old?" in last(Caller(client, settings, NEWCOMER), "hi", "1")


@pytest.mark.whole
def test_a_good_edit_is_for_new_people_and_who_is_half_way_finishes(
    live: Flask, edit: Edit, settings: Settings
) -> None:
    """Also when the question that they are at is gone, and in a process that began after the edit."""
    begun, new = Caller(live.test_client(), settings), Caller(live.test_client(), settings, NEWCOMER)
    answers = ("hi", "1", "k-12", "no", "no plan")
    assert "Have you asked the school for testing?" in last(begun, *answers)
    edit("[asked_before]", '[where_to_ask]\ntext = "Where?"\ngo = "hardest"\n\n[asked_before]')
    edit('go = "asked_before", words = ["no"', 'go = "where_to_ask", words = ["no"')
    edit('text = "What would help most?"', 'text = "What would be best?"')
    said = last(new, *answers)
    assert "Where?" in said
    assert "Have you asked the school for testing?" not in said
    assert "What would be best?" in last(new, "reading")
    assert "What is hardest at school?" in last(begun, "not yet")
    restarted = create_app(live.extensions["hotline"].settings)
    begun.client = restarted.test_client()
    assert "What would help most?" in last(begun, "reading")
    assert "worth asking for" in last(begun, "teaching", "most days")


@pytest.mark.whole
def test_an_edit_that_can_be_read_and_should_not_be_reaches_nobody(
    live: Flask, edit: Edit, settings: Settings
) -> None:
    """A promise, a curly quote or a text that is too long is refused while the line is up, too."""
    promised = 'text = "Your child qualifies. Which age group is your child in?"'
    edit('text = "Which age group is your child in?"', promised)
    client = live.test_client()
    assert "qualifies" not in last(Caller(client, settings), "hi", "1")
    told = client.get("/status").json
    assert told
    assert "screening.toml [child_age]" in told["flows"]
    edit(promised, 'text = "Which age group is your child in now?"')
    assert "in now?" in last(Caller(client, settings, NEWCOMER), "hi", "1")
