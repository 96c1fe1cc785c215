"""Every carrier error maps to exactly one reaction."""

from datetime import datetime

import pytest

from hotline.carrier.errors import (
    UNKNOWN_CODE,
    VERDICTS,
    DeliveryError,
    Verdict,
    alarm,
    next_day,
    verdict,
    why,
)


@pytest.mark.parametrize("code", VERDICTS, ids=str)
def test_every_row_has_a_verdict_and_a_reason(code: int) -> None:
    expected, reason = VERDICTS[code]
    assert 10_000 <= code <= 99_999
    assert isinstance(expected, Verdict)
    assert len(reason.split()) >= 2
    assert {verdict(code, status) for status in (400, 401, 404, 429, 500, 503)} == {expected}


@pytest.mark.parametrize("each", [v for v in Verdict if v is not Verdict.UNKNOWN], ids=str)
def test_every_verdict_is_used(each: Verdict) -> None:
    """Every verdict has a code, except UNKNOWN, which comes from the HTTP status."""
    assert each in {row[0] for row in VERDICTS.values()}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Verdict.WAIT),
        (404, Verdict.WAIT),
        (409, Verdict.WAIT),
        (413, Verdict.WAIT),
        (401, Verdict.STOP),
        (403, Verdict.STOP),
        (429, Verdict.SLOW),
        (500, Verdict.UNKNOWN),
        (502, Verdict.UNKNOWN),
        (503, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
    ],
)
@pytest.mark.parametrize("code", [0, 99999])
def test_an_unknown_code_is_judged_by_its_status(code: int, status: int, expected: Verdict) -> None:
    """A refused login is ours to fix, a 429 was not processed, a 5xx may have been. Anything else waits:
    it may affect every text.
    """
    assert verdict(code, status) is expected


def test_an_operator_gets_a_readable_reason() -> None:
    """The table's reason, or a link to Twilio's page on an unknown code. Refused logins name the setting."""
    assert "number is not registered for A2P 10DLC" == why(30034)
    assert "TWILIO_AUTH_TOKEN" in why(20003)
    assert "Twilio code 99999, see twilio.com/docs/api/errors/99999" == why(99999)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(99999, UNKNOWN_CODE), (0, UNKNOWN_CODE), (21408, "region_not_switched_on"), (30034, ""), (21211, "")],
)
def test_a_silent_wait_raises_an_alarm(code: int, expected: str) -> None:
    """An unknown code and a setting in Twilio's console raise an alarm; STOP has its own."""
    assert expected == alarm(code).event


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T05:00+00:00", "2026-11-24T08:00+00:00"),
        ("2026-11-24T08:00+00:00", "2026-11-25T08:00+00:00"),
        ("2026-07-15T12:00-04:00", "2026-07-16T03:00-04:00"),
        ("2026-11-01T07:30+00:00", "2026-11-02T08:00+00:00"),
    ],
    ids=["the evening before", "at midnight", "summer", "the night the clocks go back"],
)
def test_a_daily_cap_ends_at_midnight_pacific_time(now: str, expected: str) -> None:
    """T-Mobile resets its count then."""
    assert datetime.fromisoformat(expected) == next_day(datetime.fromisoformat(now))


def test_an_error_consists_of_its_verdict_and_code() -> None:
    error = DeliveryError(Verdict.OPTED_OUT, 21610)
    assert (str(error), error.verdict, error.code) == ("opted_out 21610", Verdict.OPTED_OUT, 21610)
