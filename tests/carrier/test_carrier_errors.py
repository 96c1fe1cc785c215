"""Every error of the carrier leads to one thing that we do."""

from __future__ import annotations

import pytest

from hotline.carrier.errors import VERDICTS, DeliveryError, Verdict, verdict


@pytest.mark.parametrize("code", VERDICTS, ids=str)
def test_every_row_says_what_and_why(code: int) -> None:
    """A row has a verdict and a reason in words, and counts whatever status it comes with."""
    expected, reason = VERDICTS[code]
    assert 10_000 <= code <= 99_999
    assert isinstance(expected, Verdict)
    assert len(reason.split()) >= 2
    assert {verdict(code, status) for status in (400, 401, 404, 429, 500, 503)} == {expected}


@pytest.mark.parametrize("each", [v for v in Verdict if v is not Verdict.UNKNOWN], ids=str)
def test_every_verdict_is_used(each: Verdict) -> None:
    """No verdict without a code; UNKNOWN is what no code can say."""
    assert each in {row[0] for row in VERDICTS.values()}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Verdict.PERMANENT),
        (404, Verdict.PERMANENT),
        (409, Verdict.PERMANENT),
        (401, Verdict.STOP),
        (403, Verdict.STOP),
        (429, Verdict.LATER),
        (500, Verdict.UNKNOWN),
        (502, Verdict.UNKNOWN),
        (503, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
    ],
)
@pytest.mark.parametrize("code", [0, 99999])
def test_an_unknown_code_goes_by_its_status(code: int, status: int, expected: Verdict) -> None:
    """Refused logins are ours to mend, 429 was not processed, 5xx may have been, the rest is final."""
    assert verdict(code, status) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (21610, Verdict.OPTED_OUT),
        (21211, Verdict.PERMANENT),
        (30006, Verdict.PERMANENT),
        (20429, Verdict.LATER),
        (30610, Verdict.WAIT),
        (20003, Verdict.STOP),
    ],
)
def test_well_known_codes_mean_what_twilio_says(code: int, expected: Verdict) -> None:
    """One of each kind, from twilio.com/docs/api/errors, so that the table cannot be shuffled."""
    assert verdict(code) is expected


def test_an_error_is_its_verdict_and_code() -> None:
    """Its text holds nothing else, so it may be logged."""
    error = DeliveryError(Verdict.OPTED_OUT, 21610)
    assert (str(error), error.verdict, error.code) == ("opted_out 21610", Verdict.OPTED_OUT, 21610)
