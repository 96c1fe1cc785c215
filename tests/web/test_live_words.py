"""The flows are edited while the service is running."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from hotline.config.settings import Settings
from hotline.publishing import versions as shelves
from hotline.web.app import create_app
from tests.copied_flows import copied_flows
from tests.web.twilio_forms import Caller, messages

pytestmark = pytest.mark.usefixtures("uncached_status")

NEWCOMER = "+12025550177"
Edit = Callable[[str, str], None]


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """Return a copy of the flows that can be edited."""
    return copied_flows(tmp_path / "flows")


@pytest.fixture
def live(settings: Settings, flows: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return a service with those flows that checks them at each turn."""
    assert redis.dbsize() == 0
    monkeypatch.setattr(shelves, "LOOK_EVERY_SECONDS", 0.0)
    return create_app(replace(settings, flows_dir=flows, books_dir=flows.parent / "books"))


@pytest.fixture
def edit(flows: Path, live: Flask) -> Edit:
    """Return a function that edits the questions and waits until the service has noticed."""
    edits: list[int] = []

    def edited(old: str, new: str) -> None:
        file = flows / "screening.toml"
        before = file.read_text(encoding="utf-8")
        assert before.count(old) == 1
        file.write_text(before.replace(old, new), encoding="utf-8")
        edits.append(1)
        os.utime(file, (len(edits), len(edits)))
        for _ in range(2):  # it reads files that did not change between two checks
            live.test_client().get("/healthz")
            live.extensions["hotline"].versions.current()

    return edited


def last(caller: Caller, *texts: str) -> str:
    """Send these texts; return the answer to the last one."""
    for text in texts:
        answer = caller.text(text)
    return " ".join(messages(answer))


def test_a_broken_edit_changes_nothing_and_is_reported(live: Flask, edit: Edit, settings: Settings) -> None:
    """Parents get the old text. /status names the fault and keeps its status code."""
    broken, mended = 'text = "How old?"\ngo_to = "nowhere"', 'text = "How old?"'
    edit('text = "Which age group is your child in?"', broken)
    client = live.test_client()
    assert "Which age group is your child in?" in last(Caller(client, settings), "hi", "1")
    before = client.get("/status")
    assert before.json
    assert "the last valid ones are served: screening.toml [child_age]" in before.json["flows"]
    edit(broken, mended)
    after = client.get("/status")
    assert after.json
    assert "ok" == after.json["flows"]
    assert before.status_code == after.status_code
    assert "How old?" in last(Caller(client, settings, NEWCOMER), "hi", "1")


@pytest.mark.whole
def test_a_good_edit_applies_only_to_new_conversations(live: Flask, edit: Edit, settings: Settings) -> None:
    """Those in progress finish with the old questions, even in a process started after the edit."""
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
def test_a_valid_edit_with_forbidden_content_is_not_served(
    live: Flask, edit: Edit, settings: Settings
) -> None:
    """The checks of content apply while the service is running, too. Here the edit makes a promise."""
    promised = 'text = "Your child qualifies. Which age group is your child in?"'
    edit('text = "Which age group is your child in?"', promised)
    client = live.test_client()
    assert "qualifies" not in last(Caller(client, settings), "hi", "1")
    told = client.get("/status").json
    assert told
    assert "screening.toml [child_age]" in told["flows"]
    edit(promised, 'text = "Which age group is your child in now?"')
    assert "in now?" in last(Caller(client, settings, NEWCOMER), "hi", "1")
