"""One chaos run, from starting the town to the findings.

1. Start Redis, the carrier, web servers, workers and clocks; move the clock to an afternoon.
2. In each scene parents text and call during the storm; then wait until idle, and move the clock by minutes, hours or
   days.
3. After the storm, move the clock until everything that had come due by then is done.
4. Read Redis, the ledger and the logs, and judge.
"""

import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random

import requests

from devtools.local.embedded import claimed
from devtools.local.made_up import ACCOUNT_SID
from devtools.twilio_sim.phone import Control
from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.publishing.versions import open_versions
from hotline.web.without_store import words_without_store
from tests.chaos.evidence import gathered
from tests.chaos.findings import Findings, Promise
from tests.chaos.hours import Clock
from tests.chaos.judgement import judge
from tests.chaos.parents import STOPS, Parent, SafeWordsOnly
from tests.chaos.posting import Poster, Unanswered
from tests.chaos.programs import HOTLINE, Plan, Scale, plan
from tests.chaos.rest import Rest
from tests.chaos.staff import LISTENERS, Staff, leave_message
from tests.chaos.storm import Storm
from tests.chaos.town import Store, Stuck, Town
from tests.many_redis import redis_cluster, sentinel_trio
from workers.queue import open_queue

AREAS = ("202", "212", "305", "312", "512", "617")
"""Area codes of the parents. With 555 they are not real phone numbers."""
THREADS = 10
START_SECONDS = 60.0
COMES_BACK = 0.35
"""The probability that a session is by a returning parent."""
JUMPS = (
    timedelta(days=1),
    timedelta(minutes=3),
    timedelta(days=1),
    timedelta(minutes=45),
    timedelta(days=2),
    timedelta(hours=3),
    timedelta(days=3),
)
"""How far the clock moves after each scene, in a cycle; jumps of days lead to the afternoon."""

TOLD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class AccountFault:
    """What a carrier may have against our account: a code, and whether it is told at once or by a status.

    `alarms` says whether /status must name it.
    """

    code: int
    by_status: bool = False
    alarms: bool = True


AT_FAULT = (
    AccountFault(21704),
    AccountFault(30037, by_status=True),
    AccountFault(20003),
    AccountFault(30027, by_status=True, alarms=False),
    AccountFault(59999, alarms=False),
    AccountFault(21730, alarms=False),
    AccountFault(21408, alarms=False),
)
"""A code of each class: our account, at once and later; a login; the day's cap; a code that nobody knows (which stops
everything only after several in a row); maintenance; a region that is switched off."""

LEAST_SCENES = 2
"""Minimum scenes on a slow machine, so that something comes due."""

STORES: dict[str, Callable[[Path], AbstractContextManager[Store]]] = {
    "sentinel": sentinel_trio,
    "cluster": redis_cluster,
}
"""What the store may be instead of one Redis, whose primaries are killed then. The queue stays on one Redis."""

EVIDENCE = "evidence.pickle"
"""The file of a run's folder with all that was judged, to look at when there are faults."""

Say = Callable[[str], object]


@dataclass(slots=True)
class Run:
    """A run in progress."""

    scale: Scale
    seed: int
    poster: Poster
    storm: Storm
    rest: Rest
    staff: Staff
    safe: frozenset[str]
    say: Say
    parents: list[Parent] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _dice: Random = field(init=False)
    _resting: list[Parent] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)

    def play(self, until: float, latest: float) -> None:
        """Play scenes until the monotonic time `until`, or up to `latest` if too little was tried.

        Raises Stuck.
        """
        clock = self.rest.clock
        clock.to(clock.day_after(1))
        for scene, jump in enumerate(cycle(JUMPS), 1):
            self._scene(time.monotonic() + self.scale.scene_seconds)
            if self._is_enough(scene, until, latest):
                return
            clock.to(clock.day_after(jump.days) if jump.days else clock.now() + jump)
            if jump.days:
                self._account_fails(AT_FAULT[(self.seed + scene // 2) % len(AT_FAULT)])

    def _account_fails(self, fault: AccountFault) -> None:
        """Have the carrier refuse every text for an hour. Nothing planned may be lost, and the line must say so.

        Raises Stuck.
        """
        control, clock = self.storm.control, self.rest.clock
        before = control.post("account", code=fault.code, by_status=fault.by_status)["refused"]
        self.rest.still()
        told = fault.alarms and self._is_told(before, fault)
        for _ in range(3):
            clock.move(timedelta(minutes=20))
            self.rest.still()
        refused = control.post("account", code=0)["refused"] - before
        self.say(f"the carrier refused {refused} texts for an hour: {fault.code}")
        if fault.alarms and refused and not told:
            self.failed.append(f"nothing said within a minute that the carrier refuses us: {fault.code}")

    def _is_told(self, before: int, fault: AccountFault) -> bool:
        """Check whether /status says within a minute what the carrier has against us."""
        end = time.monotonic() + TOLD_SECONDS
        while time.monotonic() < end:
            answer = requests.get(f"http://127.0.0.1:{self.poster.webs[0]}/status", timeout=TOLD_SECONDS)
            if str(fault.code) in answer.json()["carrier"]:
                return True
            if (
                self.storm.control.post("account", code=fault.code, by_status=fault.by_status)["refused"]
                == before
            ):
                return True  # no text was due
            time.sleep(0.5)
        return False

    def _is_enough(self, scenes: int, until: float, latest: float) -> bool:
        now, played = time.monotonic(), len(self.parents) >= self.scale.conversations
        return now > until and scenes >= LEAST_SCENES and (played or now > latest)

    def _scene(self, end: float) -> None:
        self.storm.blow()
        self.staff.begin()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="parent") as threads:
            for done in [threads.submit(self._sit_until, end) for _ in range(THREADS)]:
                done.result()
        self.staff.pause()
        self.storm.calm()
        kills = len(self.storm.town.kills)
        self.say(f"{len(self.parents)} conversations, {len(self.poster.asked)} webhooks, {kills} kills")
        self.rest.still()
        self.rest.look()

    def _sit_until(self, end: float) -> None:
        while time.monotonic() < end:
            parent = self._somebody()
            try:
                parent.sit()
            except (Unanswered, SafeWordsOnly) as failed:
                self.failed.append(str(failed))
            with self._lock:
                self._resting.append(parent)

    def _somebody(self) -> Parent:
        """Return a new or an idle returning parent; nobody has two sessions at once."""
        with self._lock:
            if self._resting and self._dice.random() < COMES_BACK:
                return self._resting.pop(self._dice.randrange(len(self._resting)))
            number = len(self.parents)
            phone = f"+1{AREAS[number % len(AREAS)]}555{number:04d}"
            dice = Random(f"{self.seed} {phone}")
            parent = Parent(phone, dice, self.poster, ACCOUNT_SID, HOTLINE, self.safe)
            self.parents.append(parent)
            return parent


def run_chaos(
    seconds: float, seed: int, folder: Path, say: Say = print, broken: str = "", on: str = ""
) -> Findings:
    """Run in this folder for about `seconds`, and return the findings.

    `say` receives progress lines; `broken` names a removed safeguard (`sabotage`); `on` is one of STORES, "" for one
    Redis. Raises Stuck if startup fails.
    """
    began, scale = time.monotonic(), Scale.of(seconds)
    stuck = Findings()
    with ExitStack() as stack:
        server = stack.enter_context(claimed(folder / "redis"))
        store = stack.enter_context(STORES[on](folder / on)) if on else None
        planned = plan(folder, server.url, seed, scale, broken, store.url if store else "")
        clock = Clock(planned.clock)
        town = stack.enter_context(
            Town(folder, clock, server, planned.programs, Random(f"{seed} town"), store)
        )
        control, queue = Control(planned.carrier), open_queue(server.url)
        stack.callback(queue.connection.close)
        rest = Rest(town, clock, queue, control)
        safe = _up(town, planned)
        poster = Poster(clock, control, planned.carrier, planned.settings.twilio_auth_token, planned.webs)
        stack.callback(poster.close)
        storm = Storm(town, control, queue, Random(f"{seed} storm"), scale.kill_every, scale.crowd)
        stack.callback(storm.end)
        staff = Staff(planned.webs, tuple(leave_message(town.redis, n) for n in range(LISTENERS)))
        stack.callback(staff.end)
        played = Run(scale, seed, poster, storm, rest, staff, safe, say)
        horizon = clock.now()
        try:
            played.play(began + scale.play_seconds, latest=began + 2 * scale.play_seconds)
            horizon = clock.now()
            control.post("late")
            say("the storm is over; the clock goes on until all that had come due is done")
            rest.settle(horizon, planned.whose(parent.number for parent in played.parents).values())
        except Stuck as why:
            stuck.broken(Promise.ALIVE, str(why))
        evidence = gathered(town, control, planned, poster.asked, safe, horizon)
        (folder / EVIDENCE).write_bytes(pickle.dumps(evidence))
        luck = Counter(control.get("way")["happened"])
    findings = judge(open_versions(planned.settings).current(), evidence)
    findings.faults[:0] = stuck.faults
    for failed in played.failed:
        findings.broken(Promise.ANSWERED, failed)
    findings.figures = _tried(played, luck) + findings.figures
    return findings


def _tried(played: Run, luck: Counter[str]) -> Counter[str]:
    """Return the counts of what was tried."""
    parents, town = played.parents, played.storm.town
    tried = Counter({"conversations": len(parents), "kills": len(town.kills)})
    tried["stalls of Redis"] = len(town.stalls)
    for name, _ in town.kills:
        tried[f"kills: {name}"] += 1
    tried["sittings"] = sum(parent.sittings for parent in parents)
    for parent in parents:
        tried.update({f"parents' moves: {name}": number for name, number in parent.did.items()})
    tried["jobs that came twice"] = played.storm.doubled
    tried["recordings that staff listened to, from a slow carrier"] = played.staff.listened
    tried.update({f"bad luck of the carrier: {name}": number for name, number in luck.items()})
    return tried


def _stops_not_taken(planned: Plan) -> frozenset[str]:
    """Return the responses to a STOP during an outage, which the carrier's list recovers later."""
    book = open_versions(planned.settings).current()
    stops = (Event("stop", datetime.now(UTC), Channel.SMS, EventKind.SAID, words) for words in STOPS)
    return frozenset(words_without_store(book, stop, sms.render, "") for stop in stops) - {EMPTY}


def _up(town: Town, planned: Plan) -> frozenset[str]:
    """Wait until all is up, and return the fallback documents of both channels. Raises Stuck."""
    end = time.monotonic() + START_SECONDS
    web = f"http://127.0.0.1:{planned.webs[0]}"
    while time.monotonic() < end:
        try:
            if town.all_up() and requests.get(f"{web}/readyz", timeout=5).ok:
                asked = (requests.post(f"{web}/fallback/{kind}", timeout=5) for kind in ("sms", "voice"))
                return frozenset(answer.text for answer in asked) | _stops_not_taken(planned)
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise Stuck(f"the town is not up after {START_SECONDS:g} s")
