"""Measure how fast workers send texts through a slow carrier, and what happens to texts whose workers are killed.

python -m bench.sending [--texts 2000] [--workers 2] [--carrier-ms 100] [--pace 0]
python -m bench.sending --texts 4000 --workers 3 --kills 40

With --kills, a worker and its job process are killed every second while they send, and a new worker is started. Each
text must be sent exactly once. The output shows how long after a kill the texts being sent at that moment were settled.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from devtools.local import made_up
from devtools.local.embedded import redis_server
from devtools.local.processes import die_with_parent
from devtools.twilio_sim import Account, Carrier, serve
from devtools.twilio_sim.messages import Text
from hotline import clock
from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Consent, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store.connection import connect
from hotline.store.followup_record import who_of
from hotline.store.followups import FollowUps
from hotline.store.keys import open_secrets
from hotline.store.turns import Turns
from tests.proc import cpu_seconds, family


class BenchCarrier(Carrier):
    """A carrier that uses the workers' clock, because they look up what was sent since they started."""

    def _outbound(self, to: str, body: str, direction: str, status: str) -> Text:
        return replace(super()._outbound(to, body, direction, status), at=clock.now())


ROOT = Path(__file__).resolve().parent.parent
REMINDER = "where_to_send"
"""A statement, which anyone may get at any hour of an afternoon."""
UNLIMITED = {
    "SEGMENTS_PER_HOUR_PER_NUMBER": "100000",
    "SEGMENTS_PER_DAY_PER_NUMBER": "1000000",
    "SEGMENTS_PER_DAY": "1000000",
}
FASTEST = 1000


@dataclass
class Bench:
    """The environment, the carrier and the programs of a run."""

    environ: dict[str, str]
    settings: Settings
    carrier: Carrier
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str) -> None:
        """Start a worker or a clock."""
        command = [sys.executable, "-m", "hotline", name]
        self.programs.append(
            subprocess.Popen(
                command,
                env=self.environ,
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
                preexec_fn=die_with_parent(),
            )
        )

    def plan(self, texts: int, due: datetime) -> list[str]:
        """Let this many people say yes to a reminder that is due at `due`, and return the ids of the follow-ups."""
        redis, secrets = connect(self.settings.redis_url), open_secrets(self.settings)
        turns, followups, ids = Turns(redis, secrets), FollowUps(redis), []
        at = due - timedelta(hours=1)
        for n in range(texts):
            number = f"+1202555{n:04d}" if n < 10_000 else f"+1212555{n - 10_000:04d}"
            who, event = secrets.who(number), Event(f"SM{n}", at, Channel.SMS, EventKind.SAID, "yes")
            turn = Turn(Session(texting=Texting.YES), effects=(Consent("w"), FollowUp(REMINDER, due - at)))
            assert turns.commit(who, event, turns.load(who, event.id, at), turn, "", number) is not None
            ids += followups.records(who)
        return ids

    def bodies(self) -> Counter[str]:
        """Return how many texts each phone got."""
        return Counter(text.to for text in self.carrier.ledger.all() if text.direction == "outbound-api")


def kill(worker: subprocess.Popen[bytes]) -> None:
    """Kill a worker and its job process at the same time."""
    for pid in family(worker.pid):
        os.kill(pid, signal.SIGKILL)
    worker.wait()


def slow(milliseconds: int) -> Blueprint:
    """Return a blueprint that delays each text sent through the carrier by this many milliseconds."""
    blueprint = Blueprint("slow", __name__)

    @blueprint.before_app_request
    def wait() -> None:
        if request.method == "POST" and request.path.endswith("/Messages.json"):
            time.sleep(milliseconds / 1000)

    return blueprint


def main() -> None:
    """Print the texts per second or, with --kills, what happened to the texts whose workers were killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--carrier-ms", type=int, default=100)
    parser.add_argument("--pace", type=int, default=0, help="segments per second; 0 for no limit")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-sending-")))
        url = stack.enter_context(redis_server(folder / "r"))
        carrier = BenchCarrier(Account(made_up.ACCOUNT_SID, made_up.AUTH_TOKEN, "+15105550100"))
        serving = stack.enter_context(serve(carrier, 0, slow(options.carrier_ms)))
        noon = datetime.now(ZoneInfo("America/New_York")).replace(hour=14, minute=0) + timedelta(days=1)
        while noon.weekday() > 2:
            noon += timedelta(days=1)
        (folder / "clock").write_text(str((noon - datetime.now(UTC)).total_seconds()), encoding="ascii")
        os.environ["CLOCK_FILE"] = str(folder / "clock")
        given = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **UNLIMITED,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": url,
            "TWILIO_API_BASE_URL": serving.url,
            "CLOCK_FILE": str(folder / "clock"),
            "SEGMENTS_PER_SECOND": str(options.pace or FASTEST),
        }
        environ = made_up.complete(given, folder)
        bench = Bench(environ, Settings.read(environ), carrier)
        ids = bench.plan(options.texts, noon.astimezone(UTC))
        bench.start("clock")
        for _ in range(options.workers):
            bench.start("worker")
        stack.callback(
            lambda: [os.killpg(each.pid, signal.SIGKILL) for each in bench.programs if each.poll() is None]
        )
        measure(bench, ids, options)


def measure(bench: Bench, ids: list[str], options: argparse.Namespace) -> None:
    """Wait until all texts are sent, killing workers in the meantime if requested, and print the results."""
    dice, left, next_kill, kills = Random(1), options.kills, time.monotonic() + 5, []
    followups = FollowUps(connect(bench.settings.redis_url))
    waiting: dict[str, float] = {}
    settled: list[float] = []
    began = first = 0.0
    end = time.monotonic() + 600
    sent = 0
    while time.monotonic() < end:
        sent = len(bench.bodies())
        now = time.monotonic()
        if sent and not began:
            began, first = now, sent
        for id in [id for id in waiting if followups.records(who_of(id))[id]["state"] != "claimed"]:
            settled.append(now - waiting.pop(id))
        if sent >= options.texts and not waiting:
            break
        if began and left and now > next_kill:
            workers = [each for each in bench.programs[1:] if each.poll() is None]
            kill(dice.choice(workers))
            claimed = [id for id in ids if followups.records(who_of(id))[id]["state"] == "claimed"]
            time.sleep(0.5)  # by then the other workers are done with theirs
            for id in claimed:
                if followups.records(who_of(id))[id]["state"] == "claimed":
                    waiting.setdefault(id, now)
            kills.append(len(claimed))
            left, next_kill = left - 1, time.monotonic() + 1
            bench.start("worker")
        time.sleep(0.1)
    took = time.monotonic() - began
    got = bench.bodies()
    twice = sum(count > 1 for count in got.values())
    if options.kills:
        print(f"{len(kills)} kills; {options.texts - len(got)} of {options.texts} lost, {twice} sent twice")
        late = sum(each > 15 for each in settled)
        print(
            f"{len(settled)} were being sent, {late} of them settled after more than 15 s; the last after {max(settled, default=0):.1f} s"
        )
    else:
        used = sum(cpu_seconds(pid) for worker in bench.programs[1:] for pid in family(worker.pid))
        print(f"{1000 * used / options.texts:.1f} ms of the workers' CPU per text, including their startup")
        print(f"{(sent - first) / took:.1f} texts per second, {options.texts} in {took:.1f} s; {twice} sent twice")


if __name__ == "__main__":
    main()
