"""The phones of a page: texts, calls, transfers."""

import threading

import pytest
from flask import Flask, Response

from devtools.phone.phone_call import PhoneCall
from devtools.phone.phones import UnknownCall
from devtools.phone.sandbox import Sandbox
from devtools.twilio_sim.lines import LineKind
from tests.devtools.twilio_sim.application import OFFICE, Application
from tests.waiting import wait_until

PARENT, SPARE = "+12022340123", "+16175550178"
QUESTION = '<Gather action="/voice/turn" input="dtmf speech" numDigits="1"><Say>A question.</Say></Gather><Say>Bye.</Say>'
WHISPER = '<Gather numDigits="1" action="/take"><Say>A parent is calling. Press 1.</Say></Gather><Hangup/>'


def kinds(call: PhoneCall) -> list[str]:
    return [mark.kind for mark in call.marks]


def words(call: PhoneCall) -> list[str]:
    return [mark.text for mark in call.marks if mark.kind == "said"]


@pytest.fixture
def put_through(application: Application) -> None:
    """Return a call that rings the office, which has to press 1."""
    application.says("/voice", f'<Dial action="/after"><Number url="/whisper">{OFFICE}</Number></Dial>')
    application.says("/whisper", WHISPER)
    application.says("/take", "")
    application.says("/after", "<Say>Thank you for waiting.</Say>")


def test_a_call_shows_what_was_heard_and_done(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", QUESTION)
    application.says("/voice/turn", "<Say>Goodbye.</Say>")
    line = sandbox.phones.call(PARENT)
    assert ["said", "listening"] == kinds(line)
    sandbox.phones.move(line.sid, "press", "1")
    assert ["said", "listening", "pressed", "said", "ended"] == kinds(line)
    assert line.over
    assert "1" == application.params("/voice/turn")[0]["Digits"]


def test_a_finished_call_takes_no_input(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", "<Say>Goodbye.</Say>")
    line = sandbox.phones.call(PARENT)
    came = len(application.came)
    for move in ("press", "speak", "wait", "record", "hang-up", "nobody"):
        sandbox.phones.move(line.sid, move, "1")
    assert came == len(application.came)


@pytest.mark.parametrize(("move", "words"), [("press", "A"), ("press", ""), ("sing", "la")])
def test_a_move_that_no_phone_has_is_refused(
    application: Application, sandbox: Sandbox, move: str, words: str
) -> None:
    application.says("/voice", QUESTION)
    line = sandbox.phones.call(PARENT)
    with pytest.raises(ValueError, match=r"a phone has the keys|a move is press"):
        sandbox.phones.move(line.sid, move, words)


def test_an_unknown_call_is_reported(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownCall, match="call again"):
        sandbox.phones.move("CA0", "press", "1")


@pytest.mark.usefixtures("put_through")
def test_a_ringing_phone_hears_the_whisper_and_takes_the_call(sandbox: Sandbox) -> None:
    caller = sandbox.phones.call(PARENT)
    assert [caller.sid] == sandbox.phones.rings(OFFICE)
    assert [] == sandbox.phones.rings(SPARE)
    office = sandbox.phones.answer(OFFICE, caller.sid)
    assert [] == sandbox.phones.rings(OFFICE)
    assert ["A parent is calling. Press 1."] == words(office)
    assert [] == words(caller), "only the one who answered hears the whisper"
    sandbox.phones.move(office.sid, "press", "1")
    assert "joined" == kinds(office)[-1] == kinds(caller)[-1]
    sandbox.phones.move(caller.sid, "speak", "My son needs help.")
    sandbox.phones.move(office.sid, "speak", "I am here.")
    assert [("spoke", "other"), ("spoke", "me")] == [(m.kind, m.by) for m in office.marks[-2:]]
    assert ["My son needs help.", "I am here."] == [m.text for m in caller.marks[-2:]]
    sandbox.phones.move(office.sid, "hang-up", "")
    assert office.over
    assert ["Thank you for waiting."] == words(caller)


@pytest.mark.usefixtures("put_through")
def test_a_transferred_conversation_stays_private(application: Application, sandbox: Sandbox) -> None:
    caller = sandbox.phones.call(PARENT)
    office = sandbox.phones.answer(OFFICE, caller.sid)
    sandbox.phones.move(office.sid, "press", "1")
    came = len(application.came)
    for line in (caller, office):
        sandbox.phones.move(line.sid, "speak", "Between us.")
        sandbox.phones.move(line.sid, "press", "5")
        sandbox.phones.move(line.sid, "wait", "")
    assert came == len(application.came)


@pytest.mark.usefixtures("put_through")
@pytest.mark.parametrize("move", ["wait", "hang-up"])
def test_untaken_calls_return_to_the_hotline(application: Application, sandbox: Sandbox, move: str) -> None:
    caller = sandbox.phones.call(PARENT)
    office = sandbox.phones.answer(OFFICE, caller.sid)
    sandbox.phones.move(office.sid, move, "")
    assert office.over
    assert ["Thank you for waiting."] == words(caller)
    assert "no-answer" == application.params("/after")[0]["DialCallStatus"]


@pytest.mark.usefixtures("put_through")
def test_a_phone_that_declines_is_busy(application: Application, sandbox: Sandbox) -> None:
    caller = sandbox.phones.call(PARENT)
    sandbox.phones.decline(OFFICE, caller.sid)
    assert "busy" == application.params("/after")[0]["DialCallStatus"]
    assert caller.over
    with pytest.raises(UnknownCall):
        sandbox.phones.answer(OFFICE, caller.sid)


def test_one_of_two_phones_may_decline(application: Application, sandbox: Sandbox) -> None:
    application.says(
        "/voice", f'<Dial action="/after"><Number>{OFFICE}</Number><Number>{SPARE}</Number></Dial>'
    )
    application.says("/after", "<Say>Bye.</Say>")
    caller = sandbox.phones.call(PARENT)
    sandbox.phones.decline(OFFICE, caller.sid)
    assert [] == sandbox.phones.rings(OFFICE)
    assert [caller.sid] == sandbox.phones.rings(SPARE)
    office = sandbox.phones.answer(SPARE, caller.sid)
    assert "joined" == kinds(office)[-1], "no whisper: they talk at once"


@pytest.mark.usefixtures("put_through")
def test_unanswered_phones_stop_ringing(application: Application, sandbox: Sandbox) -> None:
    caller = sandbox.phones.call(PARENT)
    sandbox.phones.move(caller.sid, "nobody", "")
    assert "no-answer" == application.params("/after")[0]["DialCallStatus"]
    assert ["Thank you for waiting."] == words(caller)


@pytest.mark.usefixtures("put_through")
def test_a_caller_who_hangs_up_ends_the_other_side(sandbox: Sandbox) -> None:
    caller = sandbox.phones.call(PARENT)
    office = sandbox.phones.answer(OFFICE, caller.sid)
    sandbox.phones.move(office.sid, "press", "1")
    sandbox.phones.move(caller.sid, "hang-up", "")
    assert caller.over
    assert office.over


def test_a_voicemail_is_left_as_text(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", '<Say>Leave a message.</Say><Record action="/recorded"/>')
    application.says("/recorded", "<Say>Thank you.</Say>")
    line = sandbox.phones.call(PARENT)
    assert "recording" == kinds(line)[-1]
    sandbox.phones.move(line.sid, "speak", "Please call me back.")
    assert ["recorded", "said", "ended"] == kinds(line)[-3:]
    assert "RecordingUrl" in application.params("/recorded")[0]


def test_a_call_from_the_hotline_can_be_answered_or_declined(
    application: Application, sandbox: Sandbox, app: Flask
) -> None:
    application.says("/call-back", "<Say>You asked us to call.</Say>")
    account = sandbox.carrier.account
    placed = {"To": PARENT, "From": account.number, "Url": f"{application.url}/call-back"}
    for _ in range(2):
        app.test_client().post(
            f"/2010-04-01/Accounts/{account.account_sid}/Calls.json",
            data=placed,
            auth=(account.account_sid, account.auth_token),
        )
    first, second = sandbox.phones.rings(PARENT)
    line = sandbox.phones.answer(PARENT, first)
    assert ["You asked us to call."] == words(line)
    sandbox.phones.decline(PARENT, second)
    assert [] == sandbox.phones.rings(PARENT)


def test_hanging_up_does_not_wait_for_the_hotline(application: Application, sandbox: Sandbox) -> None:
    thinking = threading.Event()

    def slow() -> Response:
        thinking.wait(5)
        return Response("<Response><Say>Too late.</Say></Response>", mimetype="text/xml")

    application.says("/voice", QUESTION)
    application.answers["/voice/turn"] = slow
    line = sandbox.phones.call(PARENT)
    pressing = threading.Thread(target=sandbox.phones.move, args=(line.sid, "press", "1"))
    pressing.start()
    wait_until(lambda: bool(application.params("/voice/turn")), 5)
    leaving = threading.Thread(target=sandbox.phones.move, args=(line.sid, "hang-up", ""))
    leaving.start()
    wait_until(lambda: line.over, 5)
    assert pressing.is_alive(), "the hotline has not answered yet"
    thinking.set()
    pressing.join(5)
    leaving.join(5)
    assert "ended" == kinds(line)[-1]
    assert "Too late." not in words(line)
    assert 1 == len(application.params("/voice/ended"))


def test_a_phone_without_a_number_calls_but_cannot_text(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", "<Say>Hello.</Say>")
    sandbox.carrier.set_kind(PARENT, LineKind.ANONYMOUS)
    sandbox.phones.call(PARENT)
    assert "anonymous" == application.params("/voice")[0]["From"]
    with pytest.raises(ValueError, match="cannot text"):
        sandbox.phones.text(PARENT, "hi")
    assert "Parent: hi" not in sandbox.recorder.script(PARENT, "", "mobile"), "it was never sent"
