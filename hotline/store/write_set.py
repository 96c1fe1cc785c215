"""Collect what a turn's effects write besides the session, for the commit script.

Rule 1: effects apply in order: a later effect of a turn may end what an earlier one started.
Rule 2: a number is sealed only where it is needed: in the person's record while they consent to texts that
        we initiate, else only in the one record that needs it.
"""

from __future__ import annotations

from dataclasses import InitVar, asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Consent,
    Count,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LookUp,
    Missed,
    Refuse,
    Restart,
    StopAll,
    TextThis,
)
from hotline.conversation.model.session import Session
from hotline.store import audit, followup_record, misunderstood, people
from hotline.store.followup_record import New, RecordKind
from hotline.store.keys import Secrets
from hotline.store.requests import EXPIRES_AFTER, new_request

ERASED_TTL = timedelta(hours=1)
"""How long the answer to an erasure is stored."""

WRITTEN_DOWN = {StopAll: "stopped", Refuse: "refused", Restart: "restarted"}
"""Field of the person's record with the time of each decision."""

DROPPED_BY: dict[type[Effect], tuple[RecordKind, ...]] = {
    Refuse: (RecordKind.REMINDER,),
    StopAll: (RecordKind.REMINDER, RecordKind.THIS, RecordKind.LOOKUP, RecordKind.REACH),
}
"""Records dropped by a no to texts that we initiate (not what the person asked for), and by an opt-out."""

HOME_STATE = "which_state"
"""The question that asks for the US state, which staff see beside a request.

The store has no access to the book, so the id is repeated here; if it changed, requests would lack a state."""

COUNTS_LANGUAGE: Final = ("text_opened", "call_ended")
"""Events also counted per language: a text conversation at our first reply, a call only at its end."""


ONCE: Final = {"word.human": "person_asked"}
"""Events that are also counted once in a conversation: how many parents asked for a person, and not how often."""


@dataclass(slots=True)
class Changes:
    """The changes that the effects of one turn of `who` make, from the session `before` to the one `after`."""

    who: str
    event: Event
    before: Session
    after: Session
    effects: InitVar[tuple[Effect, ...]]
    secrets: Secrets
    number: str = field(repr=False)
    person: dict[str, str] = field(init=False)
    unseal: bool = False
    cancel: dict[str, bool] = field(default_factory=dict)
    kinds: dict[str, bool] = field(default_factory=dict)
    started: dict[str, New] = field(default_factory=dict)
    requests: list[dict[str, str | float]] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    audit: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    erase: New | None = None

    def __post_init__(self, effects: tuple[Effect, ...]) -> None:
        self.person = people.changed_fields(self.before, self.after)
        state = self.after.slot(HOME_STATE)
        if state and state != self.before.slot(HOME_STATE):
            self.counts.append(f"state.{state}")
        for effect in effects:
            self._add(effect)

    def _add(self, effect: Effect) -> None:
        match effect:
            case Count(name=name):
                self.counts += (
                    (name, f"language.{self.after.language}") if name in COUNTS_LANGUAGE else (name,)
                )
            case Missed(words=words):
                self.missed += misunderstood.marks_of(self.secrets, self.who, words, self.event.at)
            case Consent() | Refuse() | StopAll() | Restart():
                self._decided(effect)
            case FollowUp() | TextThis() | LookUp():
                self._start(effect)
            case Cancel(reminders=reminders):
                self.cancel.update(dict.fromkeys(reminders, True))
                ended = {f"{RecordKind.REMINDER} {name}" for name in reminders}
                self.started = {called: new for called, new in self.started.items() if called not in ended}
            case AskPerson():
                self._ask(effect)
            case Erase():
                self._audited(effect)
                self.started, self.requests = {}, []
                self.erase = followup_record.erase(self.who, self.event, self.secrets.seal(self.number))

    def as_dict(self) -> dict[str, Any]:
        """Return the values for the commit script; optional values are left out when empty."""
        written: dict[str, Any] = {"person": self.person, "cancel": self.cancel, "counts": self.counts}
        written |= {"urgent": True} if self.after.in_danger and not self.before.in_danger else {}
        written |= {"once": once} if (once := [ONCE[name] for name in self.counts if name in ONCE]) else {}
        if self.unseal:
            written["unseal"] = True
        if self.kinds:
            written["kinds"] = self.kinds
        written |= self._reminders_answered()
        if self.started:
            written["followups"] = [asdict(new) for new in self.started.values()]
        if self.requests:
            written["requests"] = {"new": self.requests, "ttl": EXPIRES_AFTER}
        if self.missed:
            limits = {"ttl": misunderstood.RETENTION, "most": misunderstood.MOST_MARKS}
            written["missed"] = {"marks": self.missed, **limits}
        if self.audit:
            written["audit"] = self.audit
        if self.erase:
            written["erase"] = {**asdict(self.erase), "answer_ttl": ERASED_TTL}
        return written

    def _reminders_answered(self) -> dict[str, dict[str, bool]]:
        """Return the reminders whose question this turn answered, or opened again, if there are any."""
        before, after = self.before.reminders_answered, self.after.reminders_answered
        if before == after or self.event.kind is EventKind.DUE:  # the next reminder has a record of its own
            return {}
        return {"answered": {name: name in after for name in {*before} ^ {*after}}}

    def _decided(self, effect: Consent | Refuse | StopAll | Restart) -> None:
        """Apply a decision of the person about texts."""
        self._audited(effect)
        match effect:
            case Consent(one_text=True):
                self.person["consent_one"] = people.consent(self.event, self.after, effect.wording)
            case Consent():
                self.person["consent"] = people.consent(self.event, self.after, effect.wording)
                self.person["sealed"], self.unseal = self.secrets.seal(self.number), False
            case Refuse() | StopAll():
                self.person.pop("sealed", None)
                self.unseal = True
                ended = DROPPED_BY[type(effect)]
                self.kinds.update(dict.fromkeys(ended, True))
                self.started = {
                    called: new
                    for called, new in self.started.items()
                    if followup_record.kind_of(new.id) not in ended
                }
                self.person[WRITTEN_DOWN[type(effect)]] = people.stored_time(self.event.at)
                self.person[people.STOP_ASKED] = ""
            case Restart():
                self.person[WRITTEN_DOWN[Restart]] = people.stored_time(self.event.at)

    def _audited(self, effect: Effect) -> None:
        name = self.secrets.in_audit(self.who)
        self.audit.append(audit.written(audit.row(self.who, name, self.event, self.after, effect)))

    def _start(self, effect: FollowUp | TextThis | LookUp) -> None:
        """Start a follow-up record. A reminder replaces a waiting one, unless `keep` preserves its date."""
        match effect:
            case FollowUp():
                sealed = self.secrets.seal(self.number) if effect.one_text else ""
                new = followup_record.reminder(self.who, self.event, effect, sealed)
                if not effect.keep:
                    self.cancel[effect.reminder] = True
            case TextThis():
                new = followup_record.requested_text(
                    self.who, self.event, effect, self.after, self.secrets.seal(self.number)
                )
            case LookUp():
                new = followup_record.look_up(self.who, self.event, self.secrets.seal(self.number))
        if not (new.keep and new.called in self.started):
            self.started[new.called] = new

    def _ask(self, effect: AskPerson) -> None:
        """Add a request for a person; a hidden number is not sealed, because it cannot be called back."""
        sealed = self.secrets.seal(self.number) if self.event.reachable else ""
        state = self.after.slot(HOME_STATE) or ""
        words = self.secrets.seal(effect.words) if effect.words else ""
        self.requests.append(new_request(self.who, self.event, self.after, effect, sealed, state, words))
