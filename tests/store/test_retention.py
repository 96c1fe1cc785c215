"""Everything stored has a retention period and a reason."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from hotline.config.opening import Opening
from hotline.conversation.model.events import (
    AskPerson,
    Channel,
    Consent,
    Count,
    Event,
    EventKind,
    FollowUp,
    Missed,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store import retention
from hotline.store.books import StoredBooks
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_sessions import Sessions
from hotline.store.heartbeat import beat
from hotline.store.in_force import Versions
from hotline.store.keys import Keys, Secrets
from hotline.store.login_throttle import ALL, MOST, LoginThrottle
from hotline.store.months import Month, month_figures
from hotline.store.nodes import is_cluster
from hotline.store.purge import Purge
from hotline.store.rate_limits import NewNumbers
from hotline.store.requests import Requests
from hotline.store.restarts import Restarts
from hotline.store.retention import JOBS, KINDS, Figure, figures, in_days, kind_of_key, summary
from hotline.store.send_rate import Sending
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from hotline.store.turns import Turns
from hotline.store.usage import Spend
from hotline.store.webhook_counts import TAKEN, WebhookCounts, WebhookKind
from hotline.store.words_versions import Waiting, WordsVersion, WordsVersions
from tests.store.conftest import NOW, PARENT
from tests.store.working import do, work_with
from workers.queue import enqueue, open_queue

GUIDE = Path(__file__).parents[2] / "docs" / "privacy.md"
Take = Callable[..., str | None]


@pytest.fixture
def all_kinds(redis: Redis, redis_url: str, take: Take, turns: Turns, secrets: Secrets, who: str) -> None:
    """Store at least one key of each kind."""
    asked = (Consent("w"), FollowUp("a", timedelta()), AskPerson(""), Count("x"), Missed(("speech",)))
    take(*asked, session=Session(texting=Texting.YES))
    event = Event("SM2", NOW, Channel.SMS, EventKind.SAID)
    spend = Spend({"day": 2}, segments=2, said="mark 1", said_for=timedelta(minutes=10))
    assert (
        turns.commit(who, event, turns.load(who, "SM2", NOW), Turn(Session(tail="12 4")), "", PARENT, spend)
        is not None
    )
    Purge(redis, secrets).run(NOW)
    beat(redis, "clock", NOW)
    WebhookCounts(redis).add(Counter({(WebhookKind.TEXTS, TAKEN): 1}), NOW)
    Sending(redis).ask(1, 1, NOW)
    Sending(redis).refuse(20003, NOW)
    guesses = LoginThrottle(redis)
    for _ in range(MOST + 1):
        guesses.wrong("0123456789abcdef", ALL)
    accounts = Accounts(redis)
    assert accounts.add("anna", Role.STAFF)
    assert accounts.link("anna")
    month_figures(redis, Month.of(NOW.date()), NOW.date() + timedelta(days=60))
    assert Versions(redis).add(0, Opening((), ""), "anna", NOW)
    own_words = WordsVersions(redis)
    assert own_words.add(0, WordsVersion(1, NOW.timestamp(), "anna", "hotline.greeting.text", ""))
    own_words.store_walked("0" * 32, "facts")
    own_words.refuse(Waiting("0" * 16, 1, NOW.timestamp(), "anna", "hotline.greeting.text", "words"), ())
    Sessions(redis).open(None, "mark", NOW)
    take(AskPerson(""), id="SM3", session=Session(texting=Texting.YES, days_out=("2026-11-20",), tail="12 4"))
    (done,) = [each for each in Requests(redis).waiting() if each.at == NOW]
    do(redis, done.id, NOW)
    for each in Requests(redis).finished():
        work_with(redis).retire(each)
    take(AskPerson(""), id="SM4")
    DeskAudit(redis).add("anna", "signed in", "", NOW)
    StoredBooks(redis, Secrets("s" * 40)).put("abc", {"screening.toml": "text"})
    assert [True, False] == [NewNumbers(redis, 1).allows(each, NOW) for each in (who, "another")]
    Restarts(redis).doubtful_since(who, NOW, NOW)
    if is_cluster(redis):  # which has no queue
        return
    with open_queue(redis_url).connection as connection:
        enqueue(open_queue(redis_url), "workers.jobs.beat")
        assert connection.exists("rq:queue:hotline")


@pytest.mark.usefixtures("all_kinds")
def test_every_key_is_of_a_kind_with_a_period(redis: Redis) -> None:
    for key in map(str, redis.scan_iter()):
        kind = kind_of_key(key)
        if kind is None:
            assert JOBS.fullmatch(key), f"{key} is of no kind"
        elif kind.expires:
            assert 0 < redis.ttl(key) <= kind.longest.total_seconds(), key


@pytest.mark.usefixtures("all_kinds")
def test_the_report_has_counts_per_kind(redis: Redis) -> None:
    found, unknown = figures(redis)
    assert (0, 0) == (unknown, sum(figure.endless for figure in found))
    assert {kind.name for kind in KINDS} == {figure.kind.name for figure in found if figure.keys}
    for figure in found:
        if figure.kind.expires:
            assert figure.last_goes is not None
            assert timedelta() < figure.last_goes <= figure.kind.longest


@pytest.mark.usefixtures("all_kinds")
def test_the_report_shows_faults(redis: Redis, who: str) -> None:
    redis.persist(Keys(who).session)
    redis.set("forgotten", "for ever")
    found, unknown = figures(redis)
    assert 1 == unknown
    assert ["where a conversation is"] == [figure.kind.name for figure in found if figure.endless]
    assert any("WITHOUT END" in summary(figure) for figure in found)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_says_how_long(kind: retention.RecordKind) -> None:
    assert timedelta() < kind.longest <= timedelta(days=5 * 365)
    re.compile(kind.keys)


def test_the_guide_has_the_same_table() -> None:
    rows = re.findall(
        r"^\| (.+?) \| (\d+ days?) \| (.+?) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [(kind.name, in_days(kind.longest)) for kind in KINDS] == [(what, most) for what, most, _ in rows]
    assert all(len(why.split()) >= 4 for _, _, why in rows)


@pytest.mark.parametrize(("hours", "said"), [(1, "1 day"), (24, "1 day"), (25, "2 days"), (24 * 7, "7 days")])
def test_a_period_is_in_whole_days(hours: int, said: str) -> None:
    kept = timedelta(hours=hours)
    figure = Figure(replace(KINDS[0], longest=kept), keys=3, last_goes=kept, endless=0)
    assert f"{KINDS[0].name}: at most {said}; 3 keys, the last goes within {said}" == summary(figure)
