"""Helpers for staff who work on a request."""

from datetime import datetime

from redis import Redis

from hotline.store.keys import Secrets
from hotline.store.request_work import RequestWork, Result


def work_with(redis: Redis) -> RequestWork:
    """Return the store of staff actions, with a secret of its own."""
    return RequestWork(redis, Secrets("the secret of the staff in these tests"))


def do(redis: Redis, id: str, at: datetime) -> None:
    """Have Anna take the request and call the parent."""
    work_with(redis).claim(id, "anna", at)
    work_with(redis).finish(id, "anna", Result.TALKED, at)
