"""The programs of the town and their shared settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.local import made_up
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.store.keys import Secrets
from tests.chaos.hours import EASTERN
from tests.chaos.staff import PASSWORD
from tests.chaos.town import ROOT, Program, python
from tests.running import free_ports

HOTLINE = "+15105550100"
UNLIMITED = {
    "SEGMENTS_PER_SECOND": "1000",
    "SEGMENTS_PER_HOUR_PER_NUMBER": "100000",
    "SEGMENTS_PER_DAY_PER_NUMBER": "1000000",
    "SEGMENTS_PER_DAY": "1000000",
    "NEW_NUMBERS_PER_HOUR": "1000000",
}
"""No rate limits, because weeks of texts are sent in minutes."""
SECRET = "s" * 40


SECONDS = 300.0
"""Default duration of a run."""
LEAST = {"conversations": 2000, "kills": 20}
"""Minimum counts in SECONDS for a meaningful result."""
LEAST_PART = 0.3
"""The fraction of its proportional minimum that a shorter run needs, to allow for slow machines."""


def least(seconds: float) -> dict[str, int]:
    """Return the minimum counts for a run of this many seconds."""
    part = 1.0 if seconds >= SECONDS else LEAST_PART * seconds / SECONDS
    return {name: int(most * part) for name, most in LEAST.items()}


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a run. On a slow machine it runs until it has `conversations`, up to twice as long."""

    play_seconds: float
    """Measured from the start; the rest of the time is for the follow-ups and the judgement."""
    scene_seconds: float
    workers: int
    kill_every: float
    time_out_every: float
    conversations: int
    webs: int = 2
    clocks: int = 2
    crowd: int = 20_000

    @classmethod
    def of(cls, seconds: float) -> Scale:
        """Return a scale that takes about this many seconds on two cores."""
        enough = least(seconds)["conversations"]
        if seconds < 120:
            return cls(
                seconds * 0.65,
                6,
                workers=2,
                kill_every=2.4,
                time_out_every=12,
                conversations=enough,
                clocks=1,
                crowd=3000,
            )
        return cls(seconds * 0.7, 12, workers=3, kill_every=4, time_out_every=12, conversations=enough)


@dataclass(frozen=True, slots=True)
class Plan:
    """The programs of a town except Redis, with their settings, URLs, ports and clock file."""

    programs: tuple[Program, ...]
    settings: Settings
    carrier: str
    webs: tuple[int, ...]
    clock: Path

    def whose(self, numbers: Iterable[str]) -> dict[str, str]:
        """Return the hash of each number."""
        secrets = Secrets(self.settings.hotline_secret)
        return {number: secrets.who(number) for number in numbers}


def plan(
    folder: Path, redis_url: str, seed: int, scale: Scale, broken: str = "", store_url: str = ""
) -> Plan:
    """Plan a town in this folder, with its own copy of the flows so that edits do not affect it.

    `broken` names a safeguard to remove (`sabotage`), "" for none. `store_url` is for all but the queue, if given.
    """
    carrier, *ports = free_ports(1 + scale.webs)
    flows = folder / "flows"
    shutil.copytree(OWN_FLOWS, flows, ignore=shutil.ignore_patterns("__pycache__"))
    shared = _shared(folder, redis_url, f"http://127.0.0.1:{carrier}", flows)
    if store_url:
        shared |= {"REDIS_URL": store_url, "QUEUE_REDIS_URL": redis_url}
    told = {
        "SIMULATOR_PORT": str(carrier),
        "WEBS": ",".join(map(str, ports)),
        "SEED": str(seed),
        "TIME_OUT_EVERY": str(scale.time_out_every),
    }
    programs = (
        Program("carrier", python("-m", "tests.chaos.carrier"), {**shared, **told}),
        *(_hotline(f"web {n}", {**shared, "PORT": str(port)}, broken) for n, port in enumerate(ports)),
        *(_hotline(f"worker {n}", shared, broken) for n in range(scale.workers)),
        *(_hotline(f"clock {n}", shared, broken) for n in range(scale.clocks)),
    )
    return Plan(
        programs, Settings.read(shared), f"http://127.0.0.1:{carrier}", tuple(ports), folder / "clock"
    )


def _hotline(name: str, environ: Mapping[str, str], broken: str) -> Program:
    program = ("tests.chaos.sabotage", broken) if broken else ("hotline",)
    return Program(name, python("-m", *program, name.split()[0]), environ)


def _shared(folder: Path, redis_url: str, carrier: str, flows: Path) -> dict[str, str]:
    """Return the shared environment. No phone of the staff is configured, so that callers leave messages."""
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **given,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PUBLIC_BASE_URL": carrier,
        "TWILIO_ACCOUNT_SID": made_up.ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": made_up.AUTH_TOKEN,
        "TWILIO_API_BASE_URL": carrier,
        "HOTLINE_NUMBER": HOTLINE,
        "HOTLINE_SECRET": SECRET,
        "CENTER_NAME": "Example Parent Center",
        "CENTER_PHONE": "+15105550199",
        "TIME_ZONE": EASTERN.key,
        "DESK_PASSWORD": PASSWORD,
        "REDIS_URL": redis_url,
        "FLOWS_DIR": str(flows),
        "CLOCK_FILE": str(folder / "clock"),
        "WEB_PROCESSES": "1",
        **UNLIMITED,
    }
