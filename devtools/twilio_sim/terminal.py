"""A phone in the terminal, for texting or calling the hotline by typing.

Rule 1: plain text, no colors, at most 80 columns.
Rule 2: it works the same with a script on standard input: each line is echoed, and it exits at the end of input.
"""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Callable

import click

from devtools.twilio_sim import heard
from devtools.twilio_sim.heard import Heard
from devtools.twilio_sim.messages import Bubble
from devtools.twilio_sim.phone import Call, Control, Mistake, NoCarrier, Phone

DEFAULT_NUMBER = "+12025550123"
WIDTH = 78
POLL_S = 1.0
"""Seconds between checks for unprompted texts."""
OUTCOMES = {"answered", "busy", "no-answer", "failed"}
KEYS = frozenset("0123456789*#")
HANG_UP = "hang up"

TEXT_HELP = "Type a text and press Enter. End with Ctrl-D."
CALL_HELP = 'Type a key (0-9 * #), or words to say; an empty line is silence.\nEnd with "hang up" or Ctrl-D.'


def text(carrier_url: str, number: str = DEFAULT_NUMBER) -> None:
    """Text the hotline from `number` until the end of input.

    Raises click.ClickException if no carrier answers or `number` cannot text.
    """
    _guard(lambda: _text(Phone(carrier_url, number), Control(carrier_url)))


def call(carrier_url: str, number: str = DEFAULT_NUMBER) -> None:
    """Call the hotline from `number` until either side hangs up or the input ends.

    Raises click.ClickException if no carrier answers.
    """
    _guard(lambda: _call(Phone(carrier_url, number), Control(carrier_url)))


def _guard(talk: Callable[[], None]) -> None:
    try:
        talk()
    except (NoCarrier, Mistake) as wrong:
        raise click.ClickException(str(wrong)) from wrong


def _read(asked: str) -> str | None:
    """Read a line; return None at the end of input. A script's line is echoed."""
    click.echo(asked, nl=False)
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        line = ""
    if not line:
        click.echo()
        return None
    if not sys.stdin.isatty():
        click.echo(line.rstrip("\n"))
    return line.strip()


class _Screen:
    """Shows each bubble once, whether it is a reply or unprompted."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._lock = threading.Lock()
        self._shown = {bubble.sid for bubble in phone.bubbles()}

    def show_new(self, before: str = "") -> bool:
        """Show new bubbles, preceded by `before`, and return whether there were any."""
        with self._lock:
            new = [bubble for bubble in self._phone.bubbles() if bubble.sid not in self._shown]
            if new and before:
                click.echo(before)
            for bubble in new:
                self._shown.add(bubble.sid)
                click.echo(_bubble(bubble))
            return bool(new)

    def watch(self, ended: threading.Event) -> None:
        """Poll for new bubbles and show them until `ended` is set."""
        while not ended.wait(POLL_S):
            try:
                if self.show_new("\n(a text arrives)"):
                    click.echo("you> ", nl=False)
            except NoCarrier:
                return


def _text(phone: Phone, control: Control) -> None:
    click.echo(f"Texting {control.get('')['number']} from {phone.number}.\n{TEXT_HELP}\n")
    screen = _Screen(phone)
    ended = threading.Event()
    watcher = threading.Thread(target=screen.watch, args=(ended,), daemon=True)
    if sys.stdin.isatty():
        watcher.start()
    try:
        while (line := _read("you> ")) is not None:
            if not line:
                continue
            seen = len(control.get("alerts"))
            phone.text(line)
            answered = screen.show_new()
            _show_alerts(control, seen)
            if not answered:
                click.echo("    (no answer)\n")
    finally:
        ended.set()


def _bubble(bubble: Bubble) -> str:
    """Format a bubble: its text, then its segments and characters."""
    lines: list[str] = []
    for line in bubble.body.splitlines():
        lines += textwrap.wrap(line, WIDTH - 4, break_on_hyphens=False) or [""]
    count = f"{bubble.segments} segment{'s' if bubble.segments > 1 else ''}"
    whose = ", by the carrier" if bubble.source == "carrier" else ""
    shown = [f"  | {line}".rstrip() for line in lines]
    return "\n".join([*shown, f"    [{count}, {len(bubble.body)} characters{whose}]", ""])


def _show_alerts(control: Control, seen: int) -> None:
    for alert in control.get("alerts")[seen:]:
        words = f"! carrier error {alert['code']}: {alert['message']}"
        click.echo(textwrap.fill(words, WIDTH, subsequent_indent="  "))


def _call(phone: Phone, control: Control) -> None:
    click.echo(f"Calling {control.get('')['number']} from {phone.number}.\n{CALL_HELP}\n")
    seen = len(control.get("alerts"))
    line = phone.call()
    events = line.heard
    while True:
        for each in events:
            click.echo(_heard(each))
        _show_alerts(control, seen)
        seen = len(control.get("alerts"))
        if line.over:
            return
        said = _read(_ask(events))
        ends = said is None or said.lower() == HANG_UP
        events = line.hang_up() if ends else _move(line, events, said or "")


def _ask(events: list[Heard]) -> str:
    """Return the input prompt for what the line waits for."""
    if events and isinstance(events[-1], heard.Dialed):
        return "the phone that rings (answered, busy, no-answer, failed)> "
    if events and isinstance(events[-1], heard.Recording):
        return "after the beep> "
    return "you> "


def _move(line: Call, events: list[Heard], said: str) -> list[Heard]:
    if events and isinstance(events[-1], heard.Dialed) and said in OUTCOMES:
        return line.dialed(said, press="1" if said == "answered" else "")  # type: ignore[arg-type]  # one of OUTCOMES
    if not said:
        return line.wait()
    keys = said.replace(" ", "")
    return line.press(keys) if set(keys) <= KEYS else line.speak(said)


def _heard(each: Heard) -> str:
    """Format one heard value as a line or a paragraph."""
    match each:
        case heard.Said() | heard.Whispered():
            whose = "to the other phone, " if isinstance(each, heard.Whispered) else ""
            label = f"{whose}{each.language}  "
            return textwrap.fill(each.text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label))
        case heard.Gathering():
            return f"({_listening(each)})"
        case heard.Dialed():
            return f"(ringing {', '.join(each.numbers)})"
        case heard.Recording():
            return "(beep, then recording)" if each.beep else "(recording)"
        case heard.HungUp():
            return f"(the call is over: {ENDINGS[each.why]})"


ENDINGS = {
    "caller": "you hung up",
    "hangup": "the hotline hung up",
    "end": "the hotline had nothing more to say",
    "error": "something went wrong",
    "busy": "the line is busy",
}


def _listening(gathering: heard.Gathering) -> str:
    kinds = {"dtmf": "keys", "speech": "words"}
    what = " or ".join(kinds[each] for each in gathering.inputs)
    many = f", {gathering.num_digits} digits" if gathering.num_digits > 1 else ""
    ends = (
        f", end with {gathering.finish_on_key}"
        if gathering.finish_on_key and not gathering.num_digits
        else ""
    )
    return f"waiting for {what}{many}{ends}"
