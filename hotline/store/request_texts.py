"""Texts from the staff to a parent whom they could not reach.

Rule 1: one text per request and day, in the current book, through the same records as follow-ups: a
        worker claims it, waits for the morning, and sends it.
Rule 2: none is stored for a person who texted STOP, and a later STOP ends it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from redis import Redis

from hotline.conversation.model.events import Channel, Event, EventKind, Tell, Texting
from hotline.store import followup_record
from hotline.store.connection import raise_store_busy
from hotline.store.keys import Secrets
from hotline.store.request_work import Refused, RequestWork, need_own, need_waiting
from hotline.store.requests import Request, Requests, keys_of

MAX_TEXTS: Final = 10


class TextsBack:
    """Store the texts. Every method raises StoreBusy."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._redis, self._work, self._requests = redis, RequestWork(redis, secrets), Requests(redis)

    def send(self, id: str, by: str, book: str, text: str, again: date, now: datetime) -> None:
        """Schedule the text with this id, in the parent's language. Raises Refused.

        `again` is the day of the next try, and `now` is in the center's time zone.
        """
        request = self._requests.get(id)
        if request is None:
            raise Refused("gone")
        if not request.sealed:
            raise Refused("hidden")
        event = Event(
            f"reach:{id}:{now:%Y-%m-%d}", now, Channel(request.channel), EventKind.DUE, ours=request.ours
        )
        tell = Tell(text, (("again", again.isoformat()),), request.language)
        new = followup_record.staff_text(id, event, request.language, book, tell, request.sealed)

        def note(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            need_own(request, by)
            if any(each.at.astimezone(now.tzinfo).date() == now.date() for each in request.texts):
                raise Refused("texted")
            row = [now.timestamp(), by, new.id]
            record["texts"] = [*(record.get("texts") or ())[-MAX_TEXTS + 1 :], row]

        self._work.change(id, note, new)

    def is_stopped(self, request: Request) -> bool:
        """Check whether the parent of a request has texted STOP since, or before it."""
        with raise_store_busy():
            texting = self._redis.hget(keys_of(request.id).person, "texting")
        return request.stopped if texting is None else texting == Texting.STOPPED

    def states(self, request: Request) -> dict[str, tuple[str, str]]:
        """Return the state of each text of a request and its reason, by the follow-up's id."""
        if not request.texts:
            return {}
        ids = [each.followup for each in request.texts]
        with raise_store_busy():
            lines = self._redis.hmget(keys_of(request.id).followups, ids)
        read = {
            id: followup_record.read_record(str(line)) for id, line in zip(ids, lines, strict=True) if line
        }
        return {id: (found["state"], str(found.get("reason", ""))) for id, found in read.items() if found}
