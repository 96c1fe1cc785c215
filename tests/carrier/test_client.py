"""An error of the carrier has its code and status in whatever form they come, and never its message."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotline.carrier.calls import Calls
from hotline.carrier.client import CarrierError
from hotline.carrier.erasing import Erased, Eraser
from hotline.carrier.errors import DeliveryError, Verdict
from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from tests.carrier.spoiling import Spoil

PARENT, STAFF, URL = "+12025550123", "+12025550188", "http://127.0.0.1:8000/call"
RFC_9457 = {"type": "https://www.twilio.com/docs/api/errors/1", "title": "no, not for +12025550123"}


def refusal(settings: Settings) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        Calls(settings).start(STAFF, settings.sender, URL, URL)
    return caught.value


@pytest.mark.parametrize(
    ("code", "fields"),
    [(21211, {}), ("21211", {}), (21211, RFC_9457)],
    ids=["Twilio's", "SignalWire's", "that of RFC 9457"],
)
def test_each_form_of_an_error_is_read(
    reached: Settings, spoil: Spoil, code: int | str, fields: dict[str, str]
) -> None:
    spoil("POST", "Calls", 400, code, **fields)
    error = refusal(reached)
    assert (21211, 400, True) == (error.code, error.status, error.refused)
    assert "5550123" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("status", "refused"), [(400, True), (401, True), (404, True), (429, False), (500, False), (503, False)]
)
def test_only_lasting_errors_are_refused(reached: Settings, spoil: Spoil, status: int, refused: bool) -> None:
    """Too many requests, and the carrier's own faults, pass."""
    spoil("POST", "Calls", status)
    assert refused is refusal(reached).refused


def test_a_carrier_that_does_not_answer_refuses_nothing(settings: Settings) -> None:
    error = refusal(settings)
    assert (0, 0, False) == (error.code, error.status, error.refused)


def test_a_proxys_page_is_not_an_answer(settings: Settings, answering: Callable[[str, str], str]) -> None:
    """A proxy's login page says 200. A text may have been sent all the same."""
    replaced = replace(settings, twilio_api_base_url=answering("200 OK", "<p>Welcome"))
    error = refusal(replaced)
    assert (0, 0, False) == (error.code, error.status, error.refused)
    with pytest.raises(DeliveryError) as caught:
        Messages(replaced).send(PARENT, "hi", URL)
    assert Verdict.UNKNOWN is caught.value.verdict
    assert Erased(False) == Eraser(replaced).erase(PARENT, "SM1", datetime.now(UTC))


@pytest.mark.parametrize("fields", [{}, RFC_9457], ids=["Twilio's", "that of RFC 9457"])
def test_what_an_error_leads_to_does_not_depend_on_its_form(
    reached: Settings, messages: Messages, spoil: Spoil, fields: dict[str, str]
) -> None:
    """An opt-out is heard, a login that is refused stops all texts, and what is gone is erased."""
    for status, code, expected in ((400, 21610, Verdict.OPTED_OUT), (401, 20003, Verdict.STOP)):
        spoil("POST", "Messages", status, code, **fields)
        with pytest.raises(DeliveryError) as caught:
            messages.send(PARENT, "hi", URL)
        assert (expected, code) == (caught.value.verdict, caught.value.code)
    spoil("DELETE", "Calls", 404, 20404, **fields)
    assert Erased(True) == Eraser(reached).erase("CA" + "1" * 32, "SM1", datetime.now(UTC))
