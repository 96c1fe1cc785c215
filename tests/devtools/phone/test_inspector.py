"""The page shows what the service stores about a person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from devtools.phone.inspector import Whereabouts
from hotline.channels import sms
from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.web.service import Service
from hotline.web.turn import take_turn

PARENT = "+12022340123"
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SENT_HOME = ("hi", "what to ask the school for", "school")
SCREENED = (*(*SENT_HOME, "no", "no plan", "not yet"), *("reading", "teaching", "most days", "public"))


@pytest.fixture
def says(redis: Redis, settings: Settings) -> Callable[..., None]:  # noqa: ARG001 -- empties Redis first
    """Have the parent text the service, which stores this."""
    service = Service(settings)

    def said(*texts: str) -> None:
        for number, words in enumerate(texts):
            event = Event(f"SM{number}{words}", NOW, Channel.SMS, EventKind.SAID, words)
            take_turn(service, PARENT, event, sms.render)

    return said


@pytest.fixture
def whereabouts(settings: Settings) -> Whereabouts:
    return Whereabouts(settings)


def test_a_new_number_has_no_record(whereabouts: Whereabouts, redis: Redis) -> None:
    shown = whereabouts.shown(whereabouts.find(PARENT, NOW), "en")
    assert (None, [], []) == (shown["here"], shown["answers"], shown["records"])
    assert {"{books}"} == {key.split(":")[0] for key in redis.scan_iter()}


def test_the_open_question_is_shown(whereabouts: Whereabouts, says: Callable[..., None]) -> None:
    says(*SENT_HOME)
    shown = whereabouts.shown(whereabouts.find(PARENT, NOW), "en")
    here = shown["here"]
    assert ("sent_home", "screening", False) == (here["name"], here["file"], here["rests"])
    assert here["words"].startswith("For a child in K-12:")
    assert [("Yes", "outcome_discipline"), ("No", "offer_nudge"), ("Not sure", "count_days")] == [
        (way["words"], way["to"]) for way in here["ways"]
    ]


def test_answers_and_outcomes_are_shown(whereabouts: Whereabouts, says: Callable[..., None]) -> None:
    says(*SCREENED)
    found = whereabouts.find(PARENT, NOW)
    answers = whereabouts.shown(found, "en")["answers"]
    assert "In K-12 (up to 21)" == next(a["answered"] for a in answers if a["state"] == "child_age")
    assert ["OUT-IEP"] == [a["outcome"] for a in answers if "outcome" in a]
    spanish = whereabouts.shown(found, "es")["answers"]
    assert "Leer, escribir o matemáticas" == next(a["answered"] for a in spanish if a["state"] == "hardest")


def test_reminders_are_shown_with_their_day(whereabouts: Whereabouts, says: Callable[..., None]) -> None:
    says(*SCREENED, "yes")
    found = whereabouts.find(PARENT, NOW)
    shown = whereabouts.shown(found, "en")
    assert "yes" == shown["texting"]
    records = shown["records"]
    assert sorted(r["due"] for r in records) == [r["due"] for r in records]
    sent_yet = next(r for r in records if r["reminder"] == "sent_yet")
    assert ("waiting", "2026-11-27T10:00:00-05:00") == (sent_yet["state"], sent_yet["due"])
    assert sent_yet["words"].startswith("Did you send your request yet?")


def test_a_reason_is_given_in_the_carriers_words(
    whereabouts: Whereabouts, says: Callable[..., None], redis: Redis, settings: Settings
) -> None:
    from hotline.store.followups import FollowUps

    says(*SCREENED, "yes")
    ids = list(whereabouts.find(PARENT, NOW).records)
    followups = FollowUps(redis)
    assert followups.claim(ids[0], NOW + timedelta(days=30)) is not None
    followups.ended(ids[0], "failed", "30003")
    shown = whereabouts.shown(whereabouts.find(PARENT, NOW), "en")["records"]
    (failed,) = (record for record in shown if record["state"] == "failed")
    assert ("30003", "Unreachable destination handset") == (failed["reason"], failed["why"])
    assert failed == shown[-1], "what is finished stands last"
    assert settings.time_zone.key == "America/New_York"


def test_an_aside_shows_what_is_paused(whereabouts: Whereabouts, says: Callable[..., None]) -> None:
    says(*SENT_HOME, "my letter")
    here = whereabouts.shown(whereabouts.find(PARENT, NOW), "en")["here"]
    assert ("letter_grade", "sent_home") == (here["name"], here["aside_of"])


def test_a_resting_parent_is_shown_at_the_last_statement(
    whereabouts: Whereabouts, says: Callable[..., None]
) -> None:
    says(*SCREENED, "no", "texas", "no")
    here = whereabouts.shown(whereabouts.find(PARENT, NOW), "en")["here"]
    assert here["rests"]
    assert here["words"]
