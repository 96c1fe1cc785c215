"""Everything `make run` starts, driven from the outside: phones, the carrier, real HTTP, real Redis, real
jobs. The service's clock is moved, never waited for.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from hotline.local.embedded import redis_server
from hotline.local.run import is_up
from hotline.moment import moved_by
from hotline.simulator import Phone
from hotline.simulator.phone import Control
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets

START_SECONDS = 40
SOON_SECONDS = 5.0
"""The first follow-up leaves within this time of the yes."""

EASTERN = ZoneInfo("America/New_York")
SCREENING = ["hi", "1", "3", "2", "1", "1", "1", "1", "1"]


@dataclass
class Town:
    """A running service, its carrier, and its clock."""

    carrier: str
    redis: Redis
    clock: Path
    secret: str
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def phone(self) -> Phone:
        """A phone with a number of its own, in Washington, DC."""
        return Phone(self.carrier, f"+1202555{next(self.numbers):04d}")

    def records(self, phone: Phone) -> dict[str, str]:
        """The state of each follow-up of this phone's, by reminder."""
        who = Secrets(self.secret).who(phone.number)
        return {r["reminder"]: r["state"] for r in FollowUps(self.redis).records(who).values()}

    def noon_after(self, days: int) -> None:
        """Moves the service's clock to noon, so many days on from what it shows."""
        moved = moved_by(self.clock)
        shown = datetime.now(EASTERN) + moved
        noon = (shown + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)
        new = self.clock.with_suffix(".new")
        new.write_text(str((noon - shown + moved).total_seconds()), encoding="ascii")
        new.rename(self.clock)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`hotline run` with a Redis that the test can look into."""
    folder = tmp_path_factory.mktemp("town")
    with redis_server(folder / "redis") as url, Redis.from_url(url, decode_responses=True) as redis:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        port, carrier_port = (one.getsockname()[1] for one in sockets)
        for one in sockets:
            one.close()
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ},
            "PORT": str(port),
            "SIMULATOR_PORT": str(carrier_port),
            "REDIS_URL": url,
            "HOTLINE_SECRET": "s" * 40,
            "CLOCK_FILE": str(folder / "clock"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "hotline", "run"], env=environ, stdout=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: is_up(port), START_SECONDS)
            yield Town(f"http://127.0.0.1:{carrier_port}", redis, folder / "clock", "s" * 40)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Returns once it is true; fails when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def screened(town: Town, *answers: str) -> Phone:
    """A phone that answered all seven questions for an IEP evaluation, and then `answers`."""
    phone = town.phone()
    for words in [*SCREENING, *answers]:
        phone.text(words)
    return phone


def sent(phone: Phone) -> list[str]:
    """The texts that came by themselves, oldest first."""
    return [bubble.body for bubble in phone.bubbles() if bubble.source == "rest"]


def test_a_screening_by_text_ends_in_an_outcome(town: Town) -> None:
    """Over the wire, from greeting to outcome."""
    phone = screened(town)
    said = " ".join(bubble.body for bubble in phone.bubbles())
    assert "Parent Hotline: free help" in said
    assert "an IEP evaluation is worth asking for" in said
    assert "Free help: Example Parent Center" in said


def test_a_call_by_keys_ends_in_an_outcome(town: Town) -> None:
    """Two, changes in class, most days."""
    call = town.phone().call()
    for key in "13211121":
        call.press(key)
    assert "a five oh four evaluation is worth asking for" in call.words()
    call.hang_up()
    assert call.over


def test_a_call_by_speech_ends_in_an_outcome(town: Town) -> None:
    """Not a key is pressed; one silence on the way."""
    call = town.phone().call()
    call.wait()
    for words in [
        "What to ask the school for",
        "three",
        "No.",
        "no plan",
        "public",
        "yes",
        "Both.",
        "no thanks",
    ]:
        call.speak(words)
    assert "You do not have to choose" in call.words()


def test_follow_ups_leave_on_their_day_each_once(town: Town) -> None:
    """The first within five seconds of the yes; later ones when the clock says so; delivery is noted."""
    phone = screened(town)
    began = time.monotonic()
    phone.text("1")
    wait_until(lambda: len(sent(phone)) == 1, SOON_SECONDS)
    assert time.monotonic() - began < SOON_SECONDS
    assert sent(phone)[0].startswith("Next step: ask the school in writing.")
    wait_until(lambda: town.records(phone)["next_step_now"] == "delivered", SOON_SECONDS)

    town.noon_after(days=2)
    wait_until(lambda: len(sent(phone)) == 2, SOON_SECONDS)
    assert sent(phone)[1].startswith("Tip: email your letter")
    town.noon_after(days=3)
    wait_until(lambda: len(sent(phone)) == 3, SOON_SECONDS)
    assert sent(phone)[2].startswith("Did you send your request yet?")
    wait_until(lambda: town.records(phone)["sent_yet"] == "delivered", SOON_SECONDS)
    assert "Write down the date and who you sent it to" in " ".join(bubble.body for bubble in phone.text("1"))
    assert 3 == len(sent(phone)), "each left once"
    assert "waiting" == town.records(phone)["did_they_answer"]


def test_stop_ends_what_waits_and_start_brings_texting_back(town: Town) -> None:
    """No text after STOP, also when its day comes; START is answered."""
    phone = screened(town, "1")
    wait_until(lambda: len(sent(phone)) == 1, SOON_SECONDS)
    phone.text("STOP")
    assert {"delivered", "dropped"} >= set(town.records(phone).values()) - {"sent"}
    town.noon_after(days=8)
    other = screened(town, "1")  # somebody whose texts go on shows that the clock and the worker run
    wait_until(lambda: len(sent(other)) == 1, SOON_SECONDS)
    assert 1 == len(sent(phone))
    assert [] == [bubble for bubble in phone.text("1") if bubble.source == "reply"]
    assert "you can text us again" in " ".join(bubble.body for bubble in phone.text("START"))


def test_a_webhook_delivered_twice_is_taken_once(town: Town) -> None:
    """The carrier repeats a request; the parent moves one step."""
    phone = town.phone()
    phone.text("hi")
    Control(town.carrier).post("faults", kind="duplicate")
    phone.text("1")
    answer = phone.text("3")
    assert "suspended" in " ".join(bubble.body for bubble in answer)


def test_the_carrier_found_nothing_to_refuse(town: Town) -> None:
    """All TwiML of this module passed the carrier's checks: nesting, attributes, voices, sizes."""
    assert [] == Control(town.carrier).get("alerts")
