"""Limits on what calls may start: spoofed numbers cause few texts per hour."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from structlog.testing import capture_logs

from hotline.config.settings import Settings
from hotline.conversation.model.events import (
    Channel,
    Consent,
    Effect,
    Event,
    EventKind,
    FollowUp,
    LookUp,
    Refuse,
    Texting,
    TextThis,
    Transfer,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.followup_record import who_of
from hotline.store.metrics import figures
from hotline.store.rate_limits import ALARMED, Budgets, Limits
from hotline.store.usage import NOTHING, TEXT_SEGMENTS, hour_of
from hotline.web.app import create_app
from hotline.web.call_costs import (
    LEG_SEGMENTS,
    LOOK_UP_SEGMENTS,
    SPEECH_SEGMENTS,
    TURN_SEGMENTS,
    Attestation,
    attestation,
    spent,
)
from hotline.web.reply_guard import Outgoing, ReplyGuard
from hotline.web.service import Service
from tests.web.twilio_forms import Caller, messages, spoken

pytestmark = pytest.mark.usefixtures("redis")

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = Event("CA1:3", NOW, Channel.VOICE, EventKind.PRESSED, "1")
ASKED_THIS = Session(state="may_we_text_this")
TEXTED = (Consent("people.may_we_text_this.text", one_text=True), TextThis(()))


def leaves(
    service: Service,
    who: str,
    *effects: Effect,
    session: Session = ASKED_THIS,
    stir: str = "",
    event: Event = KEY,
) -> tuple[Effect, ...]:
    book = service.book
    session = replace(session, book=book.version)
    asked = Outgoing(Turn(session, effects=effects), "said")
    guard = ReplyGuard(service, who, event, book, session, NOTHING)
    return guard.call(asked, lambda *_: "said", stir).turn.effects


def starts(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, Consent | TextThis | FollowUp | LookUp | Refuse) for effect in effects)


@pytest.mark.parametrize(
    "effects", [TEXTED, (LookUp(),), (Consent("w"),)], ids=["a text", "a look-up", "a series"]
)
def test_twenty_unverified_numbers_start_something(service: Service, effects: tuple[Effect, ...]) -> None:
    started = [starts(leaves(service, f"who {n}", *effects)) for n in range(30)]
    assert [True] * 20 + [False] * 10 == started


@pytest.mark.parametrize(
    ("stir", "session"),
    [("TN-Validation-Passed-A", ASKED_THIS), ("", replace(ASKED_THIS, texting=Texting.YES))],
    ids=["vouched for", "said yes before"],
)
def test_verified_and_consenting_numbers_are_not_limited(
    service: Service, stir: str, session: Session
) -> None:
    assert all(starts(leaves(service, f"who {n}", *TEXTED, stir=stir, session=session)) for n in range(25))


def test_a_number_that_failed_validation_is_not_texted(service: Service) -> None:
    assert not starts(leaves(service, "who", *TEXTED, stir="TN-Validation-Failed-C"))


def test_the_end_of_a_call_texts_no_number_that_failed_validation(service: Service) -> None:
    end = replace(KEY, kind=EventKind.LEFT, text="")
    follow_up = FollowUp("call_dropped", NOW - NOW, one_text=True)
    assert not starts(leaves(service, "who", follow_up, stir="TN-Validation-Failed-B", event=end))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", Attestation.UNKNOWN),
        ("No-TN-Validation", Attestation.UNKNOWN),
        ("TN-Validation-Passed-A", Attestation.OWN),
        ("TN-Validation-Passed-A-Diverted", Attestation.OWN),
        ("TN-Validation-Passed-B", Attestation.UNKNOWN),
        ("TN-Validation-Failed-A", Attestation.FAILED),
    ],
)
def test_attestations_are_parsed(told: str, expected: Attestation) -> None:
    assert expected is attestation(told)


@pytest.mark.parametrize(
    ("event", "turn", "cost"),
    [
        (KEY, Turn(Session()), TURN_SEGMENTS),
        (replace(KEY, kind=EventKind.SPOKEN), Turn(Session()), TURN_SEGMENTS + SPEECH_SEGMENTS),
        (replace(KEY, kind=EventKind.LEFT), Turn(Session()), 0),
        (KEY, Turn(Session(), (Transfer(),), (LookUp(),)), TURN_SEGMENTS + LOOK_UP_SEGMENTS + LEG_SEGMENTS),
        (KEY, Turn(Session(), effects=(TextThis(()),)), TURN_SEGMENTS + TEXT_SEGMENTS),
        (
            replace(KEY, kind=EventKind.LEFT),
            Turn(Session(), effects=(FollowUp("call_dropped", NOW - NOW, one_text=True),)),
            TEXT_SEGMENTS,
        ),
        (KEY, Turn(Session(), effects=(FollowUp("sent_yet", timedelta(days=4)),)), TURN_SEGMENTS),
    ],
    ids=["a key", "words", "the end", "a look-up and the staff", "a text", "a text at the end", "planned"],
)
def test_everything_in_a_call_costs(event: Event, turn: Turn, cost: int) -> None:
    spend = spent(event, turn)
    assert cost == spend.segments
    assert ({hour_of(NOW): cost, "day": cost} if cost else {}) == spend.add


class TestABudgetThatIsUsedUp:
    """No new call starts, and the caller hears whom to call. A call in progress continues."""

    @pytest.fixture
    def own(self, settings: Settings) -> Settings:
        return replace(
            settings, segments_per_hour_per_number=30, segments_per_day_per_number=60, segments_per_day=100
        )

    @pytest.fixture
    def phones(self, own: Settings) -> Callable[[str], Caller]:
        app = create_app(own)
        return lambda number: Caller(app.test_client(), own, number)

    def test_of_a_number(self, phones: Callable[[str], Caller], redis: Redis) -> None:
        """A stuck machine that keeps calling gets 9 8 8 and the center's number, and we hang up."""
        calls = 0
        caller = phones("+12025550123")
        while "9 8 8" not in (heard := spoken(caller.dial())):
            calls += 1
            assert calls < 30
            for n in range(1, 9):
                caller.turn(n, Digits="*")
            caller.call = f"CA{calls:032x}"
        assert 1 < calls < 4, "room for ten of thirty"
        assert "Example Parent Center" in heard or "5 1 0" in heard
        assert "9 8 8" not in spoken(phones("+12025550124").dial()), "another's is not"
        today = figures(redis, datetime.now(caller.settings.time_zone).date())
        assert 1 == today["held_back.call"]
        assert today["segments"] >= 9 * calls + 1, "what is refused costs, too"

    def test_of_all(self, phones: Callable[[str], Caller], own: Settings, redis: Redis) -> None:
        """Spoofed numbers use up the day's budget, with an alarm. Texts about danger are still answered."""
        with capture_logs() as logs:
            for n in range(30):
                caller = phones(f"+1202555{n:04d}")
                if "9 8 8" in spoken(caller.dial()):
                    continue  # we hung up
                for turn, digits in enumerate(("1", "1", "7", "1", "1"), 1):
                    caller.turn(turn, Digits=digits)
        today = datetime.now(own.time_zone).date()
        began = 30 - figures(redis, today)["held_back.call"]
        assert figures(redis, today)["segments"] <= own.segments_per_day + 30
        assert began < 20
        Budgets(redis, Limits(30, 60, 100)).look(today)
        caller = phones("+12025559999")
        assert "9 8 8" in spoken(caller.dial())
        assert "911" in "".join(messages(caller.text("my child wants to kill himself")))
        assert [line for line in logs if line["event"] == "held_back"]
        assert redis.exists(ALARMED)

    def test_while_a_call_goes_on(self, phones: Callable[[str], Caller]) -> None:
        """No caller is cut off in the middle of the questions."""
        caller = phones("+12025550123")
        caller.dial()
        for n in range(1, 40):
            assert "<Gather" in caller.turn(n, Digits="*").get_data(as_text=True)


def test_a_hundred_spoofed_numbers_in_an_hour_fit_the_budgets(settings: Settings, redis: Redis) -> None:
    app = create_app(settings)
    with capture_logs() as logs:
        for n in range(100):
            caller = Caller(app.test_client(), settings, f"+1202555{n:04d}")
            caller.dial()
            for turn, digits in enumerate(("1", "1", "7", "1", "1"), 1):
                caller.turn(turn, Digits=digits)
    waits = [str(id) for key in redis.scan_iter("*:due") for id in redis.zrange(key, 0, -1)]
    assert settings.new_numbers_per_hour == len({who_of(id) for id in waits})
    today = figures(redis, datetime.now(settings.time_zone).date())
    assert 600 <= today["segments"] <= 600 + settings.new_numbers_per_hour * (1 + TEXT_SEGMENTS)
    assert today["segments"] < settings.segments_per_day
    assert ["too_many_new_numbers_from_calls"] == [
        line["reason"] for line in logs if line["event"] == "spend_alarm"
    ]


def test_a_caller_whose_number_failed_validation_gets_no_text(caller: Caller, redis: Redis) -> None:
    heard = spoken(caller.dial(StirVerstat="TN-Validation-Failed-C"))
    for n, digits in enumerate(("1", "1", "7", "1", "1"), 1):
        heard = spoken(caller.turn(n, Digits=digits, StirVerstat="TN-Validation-Failed-C"))
    assert not list(redis.scan_iter("*:due")), heard
    assert not figures(redis, datetime.now(UTC).date()).get("look_up")
