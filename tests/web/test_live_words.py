"""The flows are edited while the service is running."""

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
    for text in texts:
        answer = caller.text(text)
    return " ".join(messages(answer))


def test_a_broken_edit_changes_nothing_and_is_reported(live: Flask, edit: Edit, settings: Settings) -> None:
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
