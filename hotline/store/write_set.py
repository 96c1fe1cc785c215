"""What a turn's effects write besides the session, as the commit script reads it.

Rule 1: effects count in their order: what one of them starts, a later one of the same turn may end.
Rule 2: a number is sealed only for what needs it: with the person while they say yes to texts that we start,
        else with the one record that it is for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Consent,
    Count,
    Effect,
    Erase,
    Event,
    FollowUp,
    LookUp,
    Missed,
    Refuse,
    Restart,
    StopAll,
    TextThis,
)
from hotline.conversation.model.session import Session
from hotline.store import audit, followup_record, people
from hotline.store.followup_record import New, RecordKind
from hotline.store.requests import new_request

WRITTEN_DOWN = {StopAll: "stopped", Refuse: "refused", Restart: "restarted"}
"""Where it is kept when a person last decided so."""

DROPPED_BY: dict[type[Effect], tuple[RecordKind, ...]] = {
    Refuse: (RecordKind.REMINDER,),
    StopAll: (RecordKind.REMINDER, RecordKind.THIS, RecordKind.LOOKUP),
}
"""What ends with a no to texts that we start, which leaves what the person asked for; and with an opt-out."""

HOME_STATE = "which_state"

COUNTS_LANGUAGE: Final = ("text_opened", "call_ended")
"""What counts a conversation under its language: of a text our first reply shows it, of a call only its end."""
"""The question that is told the US state: the staff see it beside a request. The store knows no book, so
the name stands here; were it another one day, requests would be without a state."""


@dataclass(slots=True)
class Changes:
    """The changes of one turn of `who`, from the session `before` to the one `after`. `seal` gives the number,
    sealed; `in_audit` is the person's name there.
    """

    who: str
    in_audit: str
    event: Event
    before: Session
    after: Session
    seal: Callable[[], str]
    mark: Callable[[tuple[str, ...]], list[str]]
    """Gives the marks under which words that were not understood are counted (`misunderstood`)."""
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

    def __post_init__(self) -> None:
        self.person = people.changed(self.before, self.after)
        state = self.after.told_to(HOME_STATE)
        if state and state != self.before.told_to(HOME_STATE):
            self.counts.append(f"state.{state}")

    def add(self, effect: Effect) -> None:
        """Takes in one more effect of the turn."""
        if decided := audit.row(self.who, self.in_audit, self.event, self.after, effect):
            self.audit.append(audit.written(decided))
        match effect:
            case Count() | Missed():
                self._counted(effect)
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
                self.started, self.requests = {}, []
                self.erase = followup_record.erase(self.who, self.event, self.seal())

    def _count(self, name: str) -> None:
        language = (f"language.{self.after.language}",) if name in COUNTS_LANGUAGE else ()
        self.counts.extend((name, *language))

    def as_json(self) -> str:
        """All of it as the commit script reads it; what is empty is left out where it may be."""
        written: dict[str, Any] = {"person": self.person, "cancel": self.cancel, "counts": self.counts}
        if self.unseal:
            written["unseal"] = True
        if self.kinds:
            written["kinds"] = self.kinds
        if self.started:
            written["followups"] = [asdict(new) for new in self.started.values()]
        if self.requests:
            written["requests"] = self.requests
        if self.missed:
            written["missed"] = self.missed
        if self.audit:
            written["audit"] = self.audit
        if self.erase:
            written["erase"] = asdict(self.erase)
        return json.dumps(written, separators=(",", ":"))

    def _decided(self, effect: Consent | Refuse | StopAll | Restart) -> None:
        """What the person said about texts."""
        match effect:
            case Consent(one_text=True):
                self.person["consent_one"] = people.consent(self.event, self.after, effect.wording)
            case Consent():
                self.person["consent"] = people.consent(self.event, self.after, effect.wording)
                self.person["sealed"], self.unseal = self.seal(), False
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
                self.person[WRITTEN_DOWN[type(effect)]] = people.written(self.event.at)
            case Restart():
                self.person[WRITTEN_DOWN[Restart]] = people.written(self.event.at)

    def _counted(self, effect: Count | Missed) -> None:
        """A figure of the day, or marks of words that were not understood."""
        match effect:
            case Count(name=name):
                self._count(name)
            case Missed(words=words):
                self.missed += self.mark(words)

    def _start(self, effect: FollowUp | TextThis | LookUp) -> None:
        """A record to write. A reminder takes the place of one that waits, unless that is to keep its day."""
        match effect:
            case FollowUp():
                sealed = self.seal() if effect.one_text else ""
                new = followup_record.reminder(self.who, self.event, effect, sealed)
                if not effect.keep:
                    self.cancel[effect.reminder] = True
            case TextThis():
                new = followup_record.this(self.who, self.event, effect, self.after, self.seal())
            case LookUp():
                new = followup_record.look_up(self.who, self.event, self.seal())
        if not (new.keep and new.called in self.started):
            self.started[new.called] = new

    def _ask(self, effect: AskPerson) -> None:
        """A request for a person. A hidden number cannot be called back."""
        sealed = self.seal() if self.event.reachable else ""
        state = self.after.told_to(HOME_STATE) or ""
        self.requests.append(new_request(self.who, self.event, self.after.language, effect, sealed, state))
