"""Every carrier error maps to exactly one reaction."""

from __future__ import annotations

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
    """A row has a verdict and a reason, and its code takes precedence over the HTTP status."""
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


EXPECTED = {
    Verdict.OPTED_OUT: {21610},
    Verdict.PERMANENT: {
        *(21211, 21214, 21216, 21217, 21265, 21266, 21602, 21604, 21605, 21612, 21614, 21617, 21619, 21635),
        *(30004, 30005, 30006, 30007, 30036, 30038, 30450, 30453, 30640),
        *(21656, 63005, 63013, 63021, 63024, 63032, 63049),
    },
    Verdict.LATER: {21730, 30003, 30008, 30017, 30047, 30410, 30500, 63016},
    Verdict.WAIT: {14107, 21215, 21408, 30039, 30610},
    Verdict.NEXT_DAY: {30023, 30027, 60728, 63038},
    Verdict.SLOW: {20429, 21611, 30001, 30022, 63018},
    Verdict.STOP: {
        *(20003, 20005, 20404, 90010),
        *(21210, 21212, 21213, 21219, 21601, 21603, 21606, 21607, 21608, 21609, 21659, 21660, 21661),
        *(21655, 21701, 21703, 21704, 21705),
        *(63007, 63020, 63027, 63040, 63041, 63042),
        *(30002, 30018, 30024, 30028, 30032, 30033, 30034, 30035, 30037),
    },
}
"""From twilio.com/docs/api/errors, repeated here so that the table cannot be shuffled unnoticed."""


@pytest.mark.parametrize(("expected", "codes"), EXPECTED.items(), ids=str)
def test_a_code_means_what_twilio_says(expected: Verdict, codes: set[int]) -> None:
    """The table has exactly these codes."""
    assert codes == {code for code, (found, _) in VERDICTS.items() if found is expected}


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
    assert expected == alarm(code)


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
    """Its message contains nothing else, so it is safe to log."""
    error = DeliveryError(Verdict.OPTED_OUT, 21610)
    assert (str(error), error.verdict, error.code) == ("opted_out 21610", Verdict.OPTED_OUT, 21610)
