"""Live updates of the page as server-sent events: phone, where, wire and clock.

Rule 1: an event has the complete state of its kind for one phone, and is sent when that state has changed.
Rule 2: Redis may be slow or down; updates from the carrier never wait for it.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from devtools.phone import webhook_log
from devtools.phone.inspector import Found
from devtools.phone.phone_call import PhoneCall
from devtools.phone.sandbox import Sandbox
from devtools.phone.thread import statuses_by_sid, thread
from devtools.twilio_sim.webhooks import Exchange
from hotline.conversation.model.events import FlowError
from hotline.store.connection import StoreBusy

LOOK_EVERY_SECONDS = 0.05
READ_EVERY_SECONDS = 0.25
"""The intervals of polling the carrier (LOOK_EVERY_SECONDS) and of reading Redis."""
PING_EVERY_SECONDS = 5.0
"""The interval of pings: a closed page is noticed only when something is written to it."""

Event = tuple[str, str, dict[str, Any]]
"""The event's kind, the phone's number ("" for all), and the payload."""


def live(sandbox: Sandbox, numbers: Sequence[str], language: str) -> Iterator[str]:
    """Yield the events of these phones, until the page or the carrier closes."""
    read: SimpleQueue[Event] = SimpleQueue()
    gone = threading.Event()
    reader = threading.Thread(
        target=_read, args=(sandbox, numbers, language, read, gone), name="where", daemon=True
    )
    reader.start()
    try:
        yield from _written(_events(sandbox, numbers, read))
    finally:
        gone.set()


def _written(events: Iterator[Event | None]) -> Iterator[str]:
    """Yield events that differ from the previous one of their kind and phone, in wire format."""
    sent: dict[tuple[str, str], str] = {}
    for event in events:
        if event is None:
            yield ": still here\n\n"
            continue
        kind, number, shown = event
        line = json.dumps({"number": number, **shown}, separators=(",", ":"), ensure_ascii=False)
        if sent.get((kind, number)) != line:
            sent[kind, number] = line
            yield f"event: {kind}\ndata: {line}\n\n"


def _events(sandbox: Sandbox, numbers: Sequence[str], read: SimpleQueue[Event]) -> Iterator[Event | None]:
    """Yield the current state repeatedly, and None as a ping at intervals."""
    pinged = time.monotonic()
    wires = {number: webhook_log.Followed(sandbox.carrier.webhooks, number) for number in numbers}
    for number in numbers:
        yield "wire", number, {"turns": []}
    while not sandbox.carrier.closing.is_set():
        yield "clock", "", sandbox.clock.as_json()
        for number, followed in wires.items():
            call = sandbox.phones.last_call(number)
            if followed.take_up({call.sid} if call else ()):
                yield "wire", number, {"turns": webhook_log.as_json(followed.exchanges)}
            yield "phone", number, _phone(sandbox, number, call, followed.exchanges)
        while not read.empty():
            yield read.get()
        if time.monotonic() - pinged > PING_EVERY_SECONDS:
            pinged = time.monotonic()
            yield None
        try:
            yield read.get(timeout=LOOK_EVERY_SECONDS)
        except Empty:
            continue


def _phone(
    sandbox: Sandbox, number: str, call: PhoneCall | None, exchanges: Sequence[Exchange]
) -> dict[str, Any]:
    carrier = sandbox.carrier
    return {
        "kind": carrier.kind(number).value,
        "opted_out": carrier.opted_out(number),
        "thread": thread(carrier, sandbox.clock, number, statuses_by_sid(exchanges)),
        "call": call.as_json() if call else None,
        "rings": sandbox.phones.rings(number),
        "pending_faults": carrier.faults.waiting_for(number),
    }


def _read(
    sandbox: Sandbox, numbers: Sequence[str], language: str, read: SimpleQueue[Event], gone: threading.Event
) -> None:
    """Read the service's data about these phones until the page closes."""
    shown: dict[str, tuple[Found, dict[str, Any]]] = {}
    while not gone.is_set() and not sandbox.carrier.closing.is_set():
        for number in numbers:
            read.put(("where", number, _where(sandbox, number, language, shown)))
        gone.wait(READ_EVERY_SECONDS)


def _where(
    sandbox: Sandbox, number: str, language: str, shown: dict[str, tuple[Found, dict[str, Any]]]
) -> dict[str, Any]:
    """Return the person's position, rendered again only if something changed, or the error."""
    where: dict[str, Any] = {"away": False}
    try:
        if caller := sandbox.caller(number):
            found = sandbox.whereabouts.find(caller, sandbox.clock.now())
            if caller not in shown or shown[caller][0] != found:
                shown[caller] = found, sandbox.whereabouts.shown(found, language)
            where |= shown[caller][1]
    except StoreBusy:
        where["away"] = True
    except FlowError as wrong:
        where["broken"] = str(wrong)
    except Exception as wrong:  # noqa: BLE001 -- else the thread would end and the page stand still without a word
        where["error"] = f"{type(wrong).__name__}: {wrong}"
    return where
