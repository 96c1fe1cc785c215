"""Callbacks through the hotline: first a staff phone rings, then, after a key press there, the parent's.

Rule 1: a call is a part of its request's record, changed by compare-and-set, and its state moves forward
        only. So every URL that the carrier requests is safe to request again.
Rule 2: the parent's number is unsealed only for the carrier, while the call is less than MAY_JOIN old, and
        only for the leg that was answered first: replaying a recorded Twilio request yields no number later.
Rule 3: a request has one call at a time and MOST_A_DAY a day; the desk starts MOST_AN_HOUR an hour, so that a
        stolen session cannot be used to harass or to run up costs.
Rule 4: neither the staff phone nor the parent's is stored here; a keyed mark identifies the staff phone.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from redis import Redis

from hotline.conversation.model.events import ReachBy
from hotline.store.connection import raise_store_busy
from hotline.store.followup_record import who_of
from hotline.store.keys import Secrets
from hotline.store.metrics import add
from hotline.store.request_work import Refused, RequestWork, need_own, need_waiting
from hotline.store.requests import REQUEST_ID, CallBack, Request, Requests
from hotline.store.usage import FIGURE

MAY_JOIN = timedelta(minutes=3)
"""Longer than the ringing of a staff phone and the words before the key press."""

LONGEST_CALL = timedelta(hours=4)
"""Twilio ends every call by then."""

MOST_A_DAY: Final = 10
MAX_CALLS: Final = 10
MOST_AN_HOUR: Final = 60
"""Calls of the whole desk."""

SEGMENTS: Final = 6
"""Cost of both calls in the day's budget, in segments (`web.call_costs`)."""

CALLED_BACK: Final = "called_back"
"""The day's figure of calls back."""

TOKEN = 16


class CallState(StrEnum):
    """The state of a call back, in this order."""

    RINGING = "ringing"
    """The staff phone rings."""
    JOINING = "joining"
    """A key was pressed; the parent's phone rings."""
    TALKING = "talking"
    """The parent, or a mailbox, has answered."""
    REACHED = "reached"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The parent's number could not be called."""
    MISSED = "missed"
    """No one answered the staff phone, or pressed the key."""
    HUNG_UP = "hung_up"
    """The staff phone hung up before the parent answered."""
    REFUSED = "refused"
    """The carrier rejected the call."""


RANK: Final = {CallState.RINGING: 0, CallState.JOINING: 1, CallState.TALKING: 2}
OVER: Final = 3
"""Rank of every other state."""

ENDS: Final = {
    CallState.RINGING: CallState.MISSED,
    CallState.JOINING: CallState.HUNG_UP,
    CallState.TALKING: CallState.REACHED,
}
"""The final state of a call whose staff phone hung up, by the state before."""


def is_over(call: CallBack, now: datetime) -> bool:
    """Check whether a call has ended, or must have, because its last webhook was lost."""
    rank = RANK.get(CallState(call.state), OVER)
    return rank == OVER or now - call.at > (LONGEST_CALL if rank == RANK[CallState.TALKING] else MAY_JOIN)


class CallBacks:
    """Store the calls. Every method raises StoreBusy."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._redis, self._secrets = redis, secrets
        self._work, self._requests = RequestWork(redis, secrets), Requests(redis)

    def start(self, id: str, by: str, phone: str, now: datetime) -> str:
        """Store a new call to a staff phone, and return its token. Raises Refused."""
        token = random.token_hex(TOKEN)

        def begin(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            need_own(request, by)
            if not request.sealed:
                raise Refused("hidden")
            if request.calls and not is_over(request.calls[-1], now):
                raise Refused("calling")
            if sum(now - call.at < timedelta(days=1) for call in request.calls) >= MOST_A_DAY:
                raise Refused("often")
            if not self._allowed(now):
                raise Refused("busy_line")
            call = CallBack(now, by, token, self._mark(phone), "", CallState.RINGING)
            record["calls"] = [*map(_row, request.calls[-MAX_CALLS + 1 :]), _row(call)]

        self._work.change(id, begin)
        return token

    def count(self, now: datetime) -> None:
        """Count a call that the carrier accepted, in the day's budget and in the figures."""
        add(self._redis, {FIGURE: SEGMENTS, CALLED_BACK: 1}, now.date())

    def rung(self, id: str, token: str, phone: str, leg: str, now: datetime) -> Request | None:
        """Record that this leg answered the staff phone, and return the request.

        None if it may not be joined: the call is over or too old, the request is finished or gone, or
        another leg answered first.
        """
        return self._step(id, token, phone, leg, now, CallState.RINGING)

    def join(self, id: str, token: str, phone: str, leg: str, now: datetime) -> tuple[Request, str] | None:
        """Record the key press, and return the request and the parent's number. None as in `rung`."""
        found = self._step(id, token, phone, leg, now, CallState.JOINING)
        number = self._secrets.unseal(found.sealed) if found else None
        return (found, number) if found and number else None

    def settle(self, id: str, token: str, state: CallState) -> CallState | None:
        """Move a call forward to a state, and return its new state; None if it is gone."""
        return self._settle(id, token, lambda _: state)

    def cancel(self, id: str, token: str) -> CallState | None:
        """Give up a call whose staff phone still rings. Returns the same as `settle`."""
        return self._settle(id, token, lambda now: CallState.MISSED if now is CallState.RINGING else now)

    def hung_up(self, id: str, token: str) -> CallState | None:
        """Record that the staff phone's call has ended. Returns the same as `settle`."""
        return self._settle(id, token, lambda now: ENDS.get(now, now))

    def _step(
        self, id: str, token: str, phone: str, leg: str, now: datetime, state: CallState
    ) -> Request | None:
        id = self._holder(id, token)

        def move(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            call = _call(request, token)
            if request.by is ReachBy.TEXT and call.at < request.at:
                raise Refused("late")  # since then the parent asked to be texted and not called
            other_leg = call.leg not in ("", leg) or call.phone != self._mark(phone)
            if other_leg or CallState(call.state) not in (CallState.RINGING, CallState.JOINING):
                raise Refused("late")
            if now - call.at > MAY_JOIN:
                raise Refused("late")
            further = max(CallState(call.state), state, key=RANK.__getitem__)
            _put(request, record, replace(call, leg=leg, state=further))

        try:
            self._work.change(id, move)
        except Refused:
            return None
        return self._requests.get(id)

    def _settle(self, id: str, token: str, decide: Callable[[CallState], CallState]) -> CallState | None:
        id = self._holder(id, token)
        settled: CallState | None = None

        def move(request: Request, record: dict[str, Any]) -> None:
            nonlocal settled
            call = _call(request, token)
            before = CallState(call.state)
            after = decide(before)
            forward = RANK.get(after, OVER) > RANK.get(before, OVER)
            settled = after if forward else before
            if not forward:
                raise Refused("already")
            _put(request, record, replace(call, state=settled))

        with suppress(Refused):
            self._work.change(id, move)
        return settled

    def _holder(self, id: str, token: str) -> str:
        """Return the id of the request that has this call: a newer one of the same parent takes it over."""
        if not REQUEST_ID.fullmatch(id):
            return id
        holds = (
            each.id for each in self._requests.of(who_of(id)) if any(c.token == token for c in each.calls)
        )
        return next(holds, id)

    def _allowed(self, now: datetime) -> bool:
        """Count a call of this hour, and check the limit of the whole desk."""
        key = f"{{desk}}:calls:{int(now.timestamp()) // 3600}"
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, 7200)
            return int(pipe.execute()[0]) <= MOST_AN_HOUR

    def _mark(self, phone: str) -> str:
        return self._secrets.mark(f"staff {phone}")


def _call(request: Request, token: str) -> CallBack:
    """Return the call with this token. Raises Refused."""
    found = next((call for call in request.calls if call.token == token), None)
    if found is None or not token:
        raise Refused("gone")
    return found


def _put(request: Request, record: dict[str, Any], call: CallBack) -> None:
    record["calls"] = [_row(call if each.token == call.token else each) for each in request.calls]


def _row(call: CallBack) -> list[str | float]:
    _, *others = astuple(call)
    return [call.at.timestamp(), *others]
