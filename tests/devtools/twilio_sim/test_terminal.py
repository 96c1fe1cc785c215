"""The phone in the terminal."""

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from devtools.twilio_sim import Serving, terminal
from tests.devtools.twilio_sim.application import NUMBER, OFFICE, PARENT, Application


def typed(function: Callable[[str, str], None], url: str, script: str) -> Result:
    command = click.Command("phone", callback=lambda: function(url, PARENT))
    return CliRunner().invoke(command, input=script)


def test_texting_shows_bubbles_with_segments(application: Application, serving: Serving) -> None:
    long = "A 504 plan is a written plan for changes at school. " * 4
    application.says("/sms", f"<Message>{long.strip()}\n1 Yes\n2 No</Message><Message>á{'b' * 70}</Message>")
    shown = typed(terminal.text, serving.url, "hello\n")
    assert shown.exit_code == 0
    assert f"Texting {NUMBER} from {PARENT}." in shown.output
    assert "you> hello\n  | A 504 plan" in shown.output
    assert "  | 1 Yes\n  | 2 No\n    [2 segments, 218 characters]\n" in shown.output
    assert "    [2 segments, 71 characters]" in shown.output
    assert max(len(line) for line in shown.output.splitlines()) < 80


def test_texting_shows_why_there_is_no_answer(serving: Serving) -> None:
    shown = typed(terminal.text, serving.url, "hello\n\n")
    assert shown.exit_code == 0
    assert "! carrier error 11200: HTTP 404" in shown.output
    assert shown.output.count("(no answer)") == 1, "an empty line is not sent"


def test_a_call_can_be_typed(application: Application, serving: Serving) -> None:
    application.says(
        "/voice",
        '<Gather input="dtmf speech" action="/t"><Say>Press 1.</Say></Gather><Redirect>/no</Redirect>',
    )
    application.says(
        "/t", '<Gather input="speech" action="/t"><Say voice="Polly.Lupe">Gracias.</Say></Gather>'
    )
    application.says("/no", "<Gather><Say>Are you there?</Say></Gather>")
    application.says("/voice/ended", "")
    shown = typed(terminal.call, serving.url, "\n")
    assert (
        "en-US  Press 1.\n(waiting for keys or words, end with #)\nyou> \nen-US  Are you there?"
        in shown.output
    )
    assert "(the call is over: you hung up)" in shown.output
    shown = typed(terminal.call, serving.url, "1 2\nyes please\nhang up\nnever read\n")
    assert "you> 1 2\nes-US  Gracias.\n(waiting for words" in shown.output
    assert [each.get("Digits") for each in application.params("/t")] == ["12", None]
    assert application.params("/t")[1]["SpeechResult"] == "yes please"
    assert "you> hang up\n(the call is over: you hung up)\n" in shown.output


def test_a_call_can_be_transferred_or_leave_a_voicemail(application: Application, serving: Serving) -> None:
    application.says("/voice", f'<Dial action="/rang">{OFFICE}</Dial>')
    application.says("/rang", '<Record action="/left"/>')
    application.says("/left", "<Say>Goodbye.</Say>")
    application.says("/voice/ended", "")
    shown = typed(terminal.call, serving.url, "busy\nPlease call me\n")
    assert f"(ringing {OFFICE})" in shown.output
    assert application.params("/rang")[0]["DialCallStatus"] == "busy"
    assert "(beep, then recording)\nafter the beep> Please call me\nen-US  Goodbye.\n" in shown.output
    assert shown.output.endswith("(the call is over: the hotline had nothing more to say)\n")


@pytest.mark.parametrize("function", [terminal.text, terminal.call])
def test_a_missing_carrier_is_reported(function: Callable[[str, str], None]) -> None:
    shown = typed(function, "http://127.0.0.1:9", "hello\n")
    assert (shown.exit_code, shown.output) == (
        1,
        "Error: Nothing answers at http://127.0.0.1:9. Start it with: make run\n",
    )
