"""The simulated carrier: delivers texts in both directions, connects calls, and notifies the application.

Rule 1: it knows Twilio's wire format, and nothing of the application but its URLs.
Rule 2: the carrier handles opt-out keywords itself. The text still goes to the application, and nothing the
        application sends is delivered until an opt-in.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from devtools.twilio_sim import errors, faults, grammar, lines, messages, senders, verbs
from devtools.twilio_sim.account import Account
from devtools.twilio_sim.call_facts import Facts, Progress
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.deliveries import Deliveries
from devtools.twilio_sim.messages import Bubble, Text
from devtools.twilio_sim.recordings import Recordings
from devtools.twilio_sim.webhooks import WebhookError, Webhooks

MAX_TEXT_REDIRECTS = 10
"""Maximum <Redirect>s per text. Our limit, because Twilio documents none and a loop would never end."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that the application asks to send through REST."""

    to: str
    from_: str = ""
    service_sid: str = ""
    body: str = ""
    status_callback: str = ""
    content_sid: str = ""
    content_variables: str = ""


class Carrier:
    """A carrier with one account. Thread-safe.

    Tests may read `ledger`, `recordings`, `webhooks.alerts` and `webhooks.exchanges`, and add to `faults`.
    """

    def __init__(self, account: Account) -> None:
        """Create an idle carrier: nothing is sent until a method is called."""
        self.account = account
        """May be replaced, for example to change its webhooks; credentials and signing stay as they were."""
        self.hidden_as = lines.ANONYMOUS
        """What a hidden number is shown as: one of `lines.HIDDEN_AS`."""
        self.ledger = messages.Ledger()
        self.faults = faults.Faults()
        self.webhooks = Webhooks(account)
        self.deliveries = Deliveries(self.ledger, self.faults, self.webhooks, self._unreachable)
        self.closing = threading.Event()
        """Set by `close`; simulated stalls and delays wait on it."""
        self._kinds: dict[str, lines.LineKind] = {}
        self._stopped: set[str] = set()
        self.recordings = Recordings()
        self.other_webhooks: dict[str, dict[str, str]] = {}
        """Settings of the additional numbers, by number and REST field. They receive no calls or texts."""
        self._legs: dict[str, Leg] = {}

    def set_kind(self, number: str, kind: lines.LineKind) -> None:
        """Set the line type of a number."""
        self._kinds[number] = kind

    def kind(self, number: str) -> lines.LineKind:
        """Return the line type of a number, mobile by default."""
        return self._kinds.get(number, lines.LineKind.MOBILE)

    def _unreachable(self, number: str) -> bool:
        return self.kind(number) in (lines.LineKind.LANDLINE, lines.LineKind.ANONYMOUS)

    def opted_out(self, number: str) -> bool:
        """Check whether this number opted out with a keyword such as STOP and has not opted in since."""
        return number in self._stopped

    def receive(self, from_: str, body: str) -> tuple[str, list[Bubble]]:
        """Receive a text to the hotline and return its SID and the bubbles that answer it.

        Raises ValueError if the number cannot send texts.
        """
        if self.kind(from_) is lines.LineKind.ANONYMOUS or not lines.valid(senders.number(from_)):
            raise ValueError(
                f"{from_!r} cannot text: it is hidden, or not a phone number such as +12025550123"
            )
        account = self.account
        sid, to = account.new_sid("SM"), senders.our_address_for(account, from_)
        text = messages.written(sid, account.account_sid, from_=from_, to=to, body=body)
        text = self.ledger.add(replace(text, service_sid=account.messaging_service_sid))
        before = len(self.ledger.bubbles(from_))
        self._obey_keyword(from_, body.strip().upper())
        if account.sms_url and (late := self.faults.take(from_, faults.FaultKind.LATE)):
            self.deliveries.in_own_thread(lambda: self._carry_out_late(text, late.seconds))
        elif account.sms_url:
            self._carry_out_answer(text, text.params())
        return sid, [b for b in self.ledger.bubbles(from_)[before:] if b.source != "rest"]

    def _obey_keyword(self, number: str, word: str) -> None:
        answer = ""
        if senders.scheme(number):
            return  # Twilio leaves keywords to the application on other channels
        if word in lines.OPT_OUT:
            answer = "" if number in self._stopped else lines.STOPPED_WORDS
            self._stopped.add(number)
        elif word in lines.OPT_IN and number in self._stopped:
            answer = lines.STARTED_WORDS
            self._stopped.discard(number)
        elif word in lines.HELP and number not in self._stopped:
            answer = lines.HELP_WORDS
        if answer and self.account.keyword_answers:
            own = self._outbound(number, answer, "outbound-reply", "delivered")
            self.ledger.show(self.ledger.add(own), "carrier")

    def _carry_out_late(self, text: Text, seconds: float) -> None:
        """Post the webhook of a text after a delay, unless the carrier is closed or reset first."""
        if not self.closing.wait(seconds) and self.ledger.known(text.sid):
            self._carry_out_answer(text, text.params())

    def _carry_out_answer(self, text: Text, params: Mapping[str, str]) -> None:
        """Post the webhook of a text and execute the returned TwiML. A failure is only an alert."""
        twice = self.faults.take(text.from_, faults.FaultKind.DUPLICATE) is not None
        url = self.account.sms_url
        for _ in range(MAX_TEXT_REDIRECTS + 1):
            try:
                at, document = self.webhooks.document(
                    "sms", url, params, self.account.sms_fallback_url, twice
                )
            except WebhookError:
                return
            url, twice = "", False
            for verb in document:
                if isinstance(verb, verbs.Redirect):
                    url = urljoin(at, verb.url)
                    break
                if isinstance(verb, verbs.Message):
                    callback = urljoin(at, verb.status_callback) if verb.status_callback else ""
                    self._reply(text.from_, verb.body, callback)
            if not url:
                return
        self.webhooks.alert(11215, url, f"more than {MAX_TEXT_REDIRECTS} <Redirect> for one text")

    def _reply(self, to: str, body: str, callback: str) -> None:
        text = replace(self._outbound(to, body, "outbound-reply", "queued"), status_callback=callback)
        if self.opted_out(to):
            self.ledger.add(replace(text, statuses=("queued", "failed"), error_code=21610))
        else:
            self.deliveries.dispatch(self.ledger.add(text), "reply")

    def send(self, draft: Draft) -> Text:
        """Send a text for the application, as the REST API does. Raises RestError if it is refused."""
        self._refuse(draft)
        status = "accepted" if draft.service_sid else "queued"
        body = senders.templated(draft.content_variables) if draft.content_sid else draft.body
        text = self._outbound(draft.to, body, "outbound-api", status)
        text = replace(
            text,
            from_=draft.from_ or text.from_,
            service_sid=draft.service_sid,
            status_callback=draft.status_callback,
        )
        free = not draft.content_sid and senders.scheme(draft.to) == senders.WHATSAPP
        closed = free and not senders.is_open(self.ledger.all(), draft.to)
        self.deliveries.dispatch(self.ledger.add(text), "rest", 63016 if closed else 0)
        return text

    def _refuse(self, draft: Draft) -> None:
        """Raise RestError if Twilio would refuse the draft."""
        account = self.account
        if fault := self.faults.take(draft.to, faults.FaultKind.REFUSE):
            raise errors.RestError(fault.code)
        wrong = (
            (21604, not draft.to),
            (21603, not draft.from_ and not draft.service_sid),
            (21602, not draft.body and not draft.content_sid),
            (21211, not lines.valid(senders.number(draft.to))),
            (21655, bool(draft.content_sid) and draft.content_sid not in account.templates),
            (21656, bool(draft.content_sid) and not senders.variables_fit(draft.content_variables)),
            (63007, bool(draft.from_) and senders.scheme(draft.from_) != senders.scheme(draft.to)),
            (21606, bool(draft.from_) and draft.from_ not in account.numbers),
            (21704, bool(draft.service_sid) and draft.service_sid != account.messaging_service_sid),
            (21266, draft.to in account.numbers),
            (21617, len(draft.body) > grammar.MAX_BODY_CHARS),
            (21610, self.opted_out(draft.to)),
        )
        for code, applies in wrong:
            if applies:
                raise errors.RestError(code)

    def _outbound(self, to: str, body: str, direction: str, status: str) -> Text:
        account = self.account
        sid = account.new_sid("SM")
        text = messages.written(
            sid, account.account_sid, from_=senders.our_address_for(account, to), to=to, body=body
        )
        return replace(text, direction=direction, statuses=(status,))

    def call(self, from_: str) -> Leg:
        """Start a call to the hotline; nothing is heard before `open`."""
        account, hidden = self.account, self.kind(from_) is lines.LineKind.ANONYMOUS
        caller = self.hidden_as if hidden else from_
        facts = Facts(
            account.account_sid, account.new_sid("CA"), caller, account.number, "inbound", "ringing"
        )
        return self.keep(Leg(self, facts, account.voice_url, Progress(account.voice_status_url)))

    def place_call(self, to: str, url: str, progress: Progress, from_: str) -> Leg:
        """Place a call for the application, as the REST API does, showing `from_`. Raises RestError if it is refused.

        The phone rings until `open`.
        """
        if not lines.valid(to):
            raise errors.RestError(21211)
        if not url:
            raise errors.RestError(21205)
        account = self.account
        facts = Facts(account.account_sid, account.new_sid("CA"), from_, to, "outbound-api", "queued")
        return self.keep(Leg(self, facts, url, progress))

    def keep(self, leg: Leg) -> Leg:
        """Store a call and return it."""
        self._legs[leg.facts.sid] = leg
        return leg

    def leg(self, sid: str) -> Leg:
        """Return the call with this SID. Raises RestError 20404 if unknown."""
        if sid not in self._legs:
            raise errors.RestError(20404, sid)
        return self._legs[sid]

    def legs(self) -> list[Leg]:
        """Return all calls, oldest first."""
        return list(self._legs.values())

    def reset(self) -> None:
        """Clear texts, calls, recordings, opt-outs, line types, faults, alerts and exchanges."""
        self.deliveries.settle()
        self.ledger.clear()
        self.recordings.clear()
        self.faults.clear()
        self.webhooks.alerts.clear()
        self.webhooks.exchanges.clear()
        self._kinds.clear()
        self._stopped.clear()
        self._legs.clear()

    def close(self) -> None:
        """Stop the background work. The carrier cannot be used afterwards."""
        self.closing.set()
        self.deliveries.close()
