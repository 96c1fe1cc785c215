"""Everything that the carrier stores about a person is deleted, some of it perhaps in a later run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devtools.twilio_sim import Carrier, Serving
from devtools.twilio_sim.messages import Text, written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier import erasing
from hotline.carrier.erasing import ANSWERED_WITHIN, Erased, Eraser
from hotline.config.settings import Settings
from tests.carrier.spoiling import Spoil

PARENT, OTHER = "+12025550123", "+12025550124"
ANOTHER_LINE = "+15105550177"
ASKED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def eraser(reached: Settings) -> Eraser:
    return Eraser(reached)


@pytest.fixture
def carrier(serving: Serving) -> Carrier:
    return serving.carrier


def came(carrier: Carrier, at: datetime = ASKED - DAY, number: str = PARENT, sid: str = "") -> Text:
    """Add a text from a person at the carrier."""
    account, n = carrier.account, len(carrier.ledger.all())
    text = written(
        sid or f"SM{n:032d}", account.account_sid, from_=number, to=account.number, body="My son Zebulon"
    )
    return carrier.ledger.add(replace(text, at=at))


def left(
    carrier: Carrier, at: datetime = ASKED - DAY, number: str = PARENT, status: str = "delivered"
) -> Text:
    account, n = carrier.account, len(carrier.ledger.all())
    text = written(f"SM{n:032d}", account.account_sid, from_=account.number, to=number, body="Reply LETTER")
    return carrier.ledger.add(replace(text, at=at, direction="outbound-api", statuses=("queued", status)))


def called(
    carrier: Carrier, at: datetime = ASKED - DAY, number: str = PARENT, over: bool = True
) -> tuple[str, str]:
    """Add a call with a voicemail; return the ids of both."""
    leg = carrier.call(number)
    leg.facts.began = at
    if over:
        leg.facts.ended = at + MINUTE
    sid = "RE" + leg.facts.sid[2:]
    account = carrier.account.account_sid
    carrier.recordings.add(Recording(sid, account, leg.facts.sid, number, "call me back", 2, at))
    return leg.facts.sid, sid


def texts(carrier: Carrier) -> list[str]:
    return [text.sid for text in carrier.ledger.all() if not text.deleted]


def calls(carrier: Carrier) -> list[str]:
    return [leg.facts.sid for leg in carrier.legs() if not leg.facts.deleted]


def voicemails(carrier: Carrier) -> list[str]:
    """Return the ids of the recordings that the carrier still has."""
    return [each.sid for each in carrier.recordings.all() if not each.deleted]


def test_everything_about_a_person_is_erased(eraser: Eraser, carrier: Carrier) -> None:
    """Texts in both directions with their bodies, calls and voicemails. Another person's are untouched."""
    came(carrier), left(carrier), called(carrier), called(carrier)
    theirs = came(carrier, number=OTHER), left(carrier, number=OTHER)
    call, voicemail = called(carrier, number=OTHER)
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert [text.sid for text in theirs] == texts(carrier)
    assert ["", ""] == [text.body for text in carrier.ledger.all() if text.deleted]
    assert [call] == calls(carrier)
    assert [voicemail] == voicemails(carrier)


def test_erasing_twice_succeeds(eraser: Eraser, carrier: Carrier) -> None:
    came(carrier), called(carrier)
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert eraser.erase(PARENT, "SM", ASKED, ["RE" + "9" * 32]).all_gone


def test_anything_started_after_the_request_stays(eraser: Eraser, carrier: Carrier) -> None:
    """A late run must not delete what the person started later. Our answer to the request is deleted."""
    came(carrier), left(carrier), called(carrier), came(carrier, ASKED)
    left(carrier, ASKED + SECOND), left(carrier, ASKED + ANSWERED_WITHIN)
    new = came(carrier, ASKED + SECOND), left(carrier, ASKED + ANSWERED_WITHIN + SECOND)
    call, voicemail = called(carrier, ASKED + SECOND)
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert [text.sid for text in new] == texts(carrier)
    assert ([call], [voicemail]) == (calls(carrier), voicemails(carrier))


@pytest.mark.parametrize("channel", ["text", "call"])
def test_the_request_is_erased_despite_clock_skew(eraser: Eraser, carrier: Carrier, channel: str) -> None:
    """The carrier's clock may be ahead of ours."""
    if channel == "text":
        event = came(carrier, ASKED + 5 * SECOND).sid
    else:
        event = called(carrier, ASKED + 5 * SECOND)[0] + ":7"
    assert eraser.erase(PARENT, event, ASKED).all_gone
    assert ([], [], []) == (texts(carrier), calls(carrier), voicemails(carrier))


def test_a_hidden_callers_call_is_erased_by_its_id(eraser: Eraser, carrier: Carrier) -> None:
    mine, theirs = called(carrier), called(carrier)
    assert eraser.erase(mine[0], f"{mine[0]}:3", ASKED).all_gone
    assert ([theirs[0]], [theirs[1]]) == (calls(carrier), voicemails(carrier))


def test_a_voicemail_passed_by_id_is_erased(eraser: Eraser, carrier: Carrier) -> None:
    """Even if it cannot be found through a call of this person."""
    _, voicemail = called(carrier, number=OTHER)
    assert eraser.erase(PARENT, "SM", ASKED, [voicemail]).all_gone
    assert [] == voicemails(carrier)


@pytest.mark.parametrize("sid", ["", "../Messages/SM1", "..%2fCalls", "RE1", f"RE{'0' * 32}.json?"])
def test_an_invalid_voicemail_id_deletes_nothing(eraser: Eraser, carrier: Carrier, sid: str) -> None:
    """The id becomes part of a URL, so an invalid one is skipped; everything else is still erased."""
    _, voicemail = called(carrier, number=OTHER)
    came(carrier)
    assert eraser.erase(PARENT, "SM", ASKED, [sid]).all_gone
    assert ([], [voicemail]) == (texts(carrier), voicemails(carrier))


def test_items_in_progress_are_left_and_the_rest_is_erased(eraser: Eraser, carrier: Carrier) -> None:
    """Twilio responds 409 for a text being sent or a call in progress. The next run erases them."""
    came(carrier)
    sending = left(carrier, status="sending")
    came(carrier)
    talking, _ = called(carrier, over=False)
    called(carrier)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert ([sending.sid], [talking], []) == (texts(carrier), calls(carrier), voicemails(carrier))
    carrier.ledger.change(sending.sid, lambda text: replace(text, statuses=("queued", "delivered")))
    carrier.leg(talking).finish("caller")
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert ([], []) == (texts(carrier), calls(carrier))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/Messages/SM"),
        ("DELETE", "/Messages/SM"),
        ("GET", r"/Recordings\.json"),
        ("DELETE", "/Recordings/RE"),
        ("DELETE", "/Calls/CA"),
    ],
)
def test_one_failure_does_not_stop_the_rest(
    eraser: Eraser, carrier: Carrier, spoil: Spoil, method: str, path: str
) -> None:
    for _ in range(3):
        came(carrier), called(carrier)
    spoil(method, path, 500)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert 1 == len(texts(carrier)) + len(calls(carrier))
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert ([], [], []) == (texts(carrier), calls(carrier), voicemails(carrier))


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 0), (429, 20429)])
def test_a_run_stops_when_the_carrier_refuses_us(
    eraser: Eraser, carrier: Carrier, spoil: Spoil, status: int, code: int
) -> None:
    for _ in range(3):
        came(carrier)
    spoil("DELETE", "/Messages/", status, code)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert 3 == len(texts(carrier))
    assert eraser.erase(PARENT, "SM", ASKED).all_gone


@pytest.mark.parametrize("path", [r"/Messages\.json", r"/Calls\.json"])
@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_failed_listing_is_not_empty(eraser: Eraser, spoil: Spoil, path: str, status: int) -> None:
    spoil("GET", path, status)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert eraser.erase(PARENT, "SM", ASKED).all_gone


def test_an_unreachable_carrier_is_not_success(settings: Settings, nobody: str) -> None:
    away = replace(settings, twilio_api_base_url=f"http://{nobody}")
    assert not Eraser(away).erase(PARENT, "SM", ASKED).all_gone


def test_one_run_covers_many_pages(eraser: Eraser, carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting items of one page must not cause items of the next page to be skipped."""
    monkeypatch.setattr(erasing, "LISTING", {"limit": 50, "page_size": 4})
    for _ in range(11):
        came(carrier), left(carrier), called(carrier)
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert ([], [], []) == (texts(carrier), calls(carrier), voicemails(carrier))


def test_a_run_is_limited(eraser: Eraser, carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "LISTING", {"limit": 4, "page_size": 4})
    monkeypatch.setattr(erasing, "MOST_LISTED", 4)
    for _ in range(6):
        came(carrier)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert 2 == len(texts(carrier))
    monkeypatch.setattr(erasing, "AT_MOST_SECONDS", -1.0)
    assert not eraser.erase(PARENT, "SM", ASKED).all_gone
    assert 1 == len(texts(carrier))
    monkeypatch.undo()
    assert eraser.erase(PARENT, "SM", ASKED).all_gone


def test_records_with_another_line_of_the_account_stay(eraser: Eraser, carrier: Carrier) -> None:
    """The center's staff line or another program may use it. Covers texts, calls and recordings."""
    mine, theirs = came(carrier), replace(came(carrier), sid="SM" + "a" * 32, to=ANOTHER_LINE)
    back = replace(left(carrier), sid="SM" + "b" * 32, from_=ANOTHER_LINE)
    for text in (theirs, back):
        carrier.ledger.add(text)
    call, voicemail = called(carrier)
    carrier.leg(call).facts.to = ANOTHER_LINE
    assert eraser.erase(PARENT, "SM", ASKED).all_gone
    assert mine.sid not in texts(carrier)
    assert {theirs.sid, back.sid} == set(texts(carrier))
    assert ([call], [voicemail]) == (calls(carrier), voicemails(carrier))


def test_texts_that_our_messaging_service_sent_from_another_number_are_erased(
    reached: Settings, carrier: Carrier
) -> None:
    """The service picks a sender from its pool, so only the service id shows which texts are ours."""
    service = carrier.account.messaging_service_sid
    pooled = replace(left(carrier), sid="SM" + "a" * 32, from_=ANOTHER_LINE, service_sid=service)
    strange = replace(left(carrier), sid="SM" + "b" * 32, from_=ANOTHER_LINE, service_sid="MG" + "d" * 32)
    for text in (pooled, strange):
        carrier.ledger.add(text)
    served = replace(reached, twilio_messaging_service_sid=service)
    assert Eraser(served).erase(PARENT, "SM", ASKED).all_gone
    assert [strange.sid] == texts(carrier)


def test_an_interrupted_run_reports_how_much_it_removed(
    eraser: Eraser, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        came(carrier)
    monkeypatch.setattr(erasing, "AT_MOST_SECONDS", -1.0)
    assert [Erased(False, 1)] * 3 == [eraser.erase(PARENT, "SM", ASKED) for _ in range(3)]
    assert [] == texts(carrier)
    monkeypatch.undo()
    assert Erased(True, 0) == eraser.erase(PARENT, "SM", ASKED)
