"""Every error of the carrier leads to one thing that we do."""

from __future__ import annotations

import pytest

from hotline.carrier.errors import VERDICTS, DeliveryError, Verdict, verdict, why


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
        (429, Verdict.SLOW),
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


EXPECTED = {
    Verdict.OPTED_OUT: {21610},
    Verdict.PERMANENT: {
        *(21211, 21214, 21217, 21408, 21612, 21614, 21617),
        *(30004, 30005, 30006, 30007, 30036, 30450, 30453, 30640, 63016),
    },
    Verdict.LATER: {30003, 30008, 30047},
    Verdict.WAIT: {14107, 30610},
    Verdict.SLOW: {20429, 21611, 30001, 30022},
    Verdict.STOP: {20003, 20404, 21603, 21606, 21608, 21659, 30002, 30032, 30034},
}
"""As twilio.com/docs/api/errors says, told a second time so that the table cannot be shuffled."""


@pytest.mark.parametrize(("expected", "codes"), EXPECTED.items(), ids=str)
def test_a_code_means_what_twilio_says(expected: Verdict, codes: set[int]) -> None:
    """Each code that a text can meet, and no other."""
    assert codes == {code for code, (found, _) in VERDICTS.items() if found is expected}


def test_an_operator_is_told_in_words() -> None:
    """Of a refused login, whatever its code; else what the table says."""
    assert "number is not registered for A2P 10DLC" == why(30034)
    assert why(20003) == why(99999)
    assert "TWILIO_AUTH_TOKEN" in why(99999)


def test_an_error_is_its_verdict_and_code() -> None:
    """Its text holds nothing else, so it may be logged."""
    error = DeliveryError(Verdict.OPTED_OUT, 21610)
    assert (str(error), error.verdict, error.code) == ("opted_out 21610", Verdict.OPTED_OUT, 21610)
