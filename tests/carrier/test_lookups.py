"""The carrier's line type decides how we treat a number."""

import socket
import traceback
from contextlib import closing
from dataclasses import replace

import pytest

from devtools.twilio_sim import Serving
from devtools.twilio_sim.lines import LineKind
from hotline.carrier import client
from hotline.carrier.client import CarrierError
from hotline.carrier.lookups import LINES, Lookups
from hotline.config.settings import Settings
from hotline.conversation.model.events import LineType
from tests.carrier.spoiling import Spoil

PARENT = "+12025550123"

TWILIOS = (
    "mobile landline fixedVoip nonFixedVoip personal tollFree premium sharedCost uan voicemail pager unknown"
)
"""All types in Twilio's documentation."""


@pytest.fixture
def lookups(reached: Settings) -> Lookups:
    return Lookups(reached)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LineKind.MOBILE, LineType.TEXTS),
        (LineKind.NON_FIXED_VOIP, LineType.TEXTS),
        (LineKind.FIXED_VOIP, LineType.UNSURE),
        (LineKind.UNKNOWN, LineType.UNSURE),
        (LineKind.LANDLINE, LineType.LANDLINE),
        (LineKind.TOLL_FREE, LineType.LANDLINE),
    ],
    ids=str,
)
def test_line_types_follow_twilios(
    lookups: Lookups, serving: Serving, kind: LineKind, expected: LineType
) -> None:
    serving.carrier.set_kind(PARENT, kind)
    assert expected is lookups.line_type(PARENT)


def test_only_mobile_lines_are_texted_without_asking() -> None:
    assert {"fixedVoip", "personal", "unknown"} == set(TWILIOS.split()) - set(LINES)
    assert {"mobile", "nonFixedVoip"} == {name for name, line in LINES.items() if line is LineType.TEXTS}
    assert set(LINES) <= set(TWILIOS.split()), "no type of our own making"
    assert LineType.UNKNOWN not in LINES.values()


def test_a_number_unknown_to_twilio_is_unsure(lookups: Lookups, spoil: Spoil) -> None:
    assert LineType.UNSURE is lookups.line_type("+15550")
    spoil("GET", "PhoneNumbers", 404, 20404)
    assert LineType.UNSURE is lookups.line_type(PARENT)


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (429, 20429), (500, 20500), (400, 60600)])
def test_a_failed_look_up_raises(lookups: Lookups, spoil: Spoil, status: int, code: int) -> None:
    """The error has the code and never the number. It is not retried, because each look-up costs money."""
    spoil("GET", "PhoneNumbers", status, code)
    with pytest.raises(CarrierError) as caught:
        lookups.line_type(PARENT)
    assert code == caught.value.code
    assert "5550123" not in "".join(traceback.format_exception(caught.value))
    assert LineType.TEXTS is lookups.line_type(PARENT)


def test_an_unreachable_carrier_is_a_failed_look_up(settings: Settings, nobody: str) -> None:
    with pytest.raises(CarrierError):
        Lookups(replace(settings, twilio_api_base_url=f"http://{nobody}")).line_type(PARENT)


def test_an_unresponsive_carrier_times_out(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        lookups = Lookups(replace(settings, twilio_api_base_url=address))
        with pytest.raises(CarrierError):
            lookups.line_type(PARENT)
