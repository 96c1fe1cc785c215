"""Refused changes of accounts change nothing, and are in the audit."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis import Redis

from hotline.store.desk_audit import DeskAudit
from hotline.store.keys import Secrets
from hotline.store.request_work import RequestWork
from hotline.store.staff_accounts import ACCOUNTS, Accounts, LastAdmin
from hotline.store.staff_changes import NoAccount, NotChanged, StaffChanges, Why
from hotline.store.staff_roles import Role

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def changes(redis: Redis) -> Callable[[str], StaffChanges]:
    work = RequestWork(redis, Secrets("a secret of the tests, long enough"))
    return lambda by: StaffChanges(Accounts(redis), DeskAudit(redis), work, by)


def refused(redis: Redis) -> list[tuple[str, str, str]]:
    return [(row.by, row.what, row.about) for row in DeskAudit(redis).rows() if row.refused]


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda changes: changes.set_role("eve", Role.EDITOR, NOW), "changed a role"),
        (lambda changes: changes.remove("eve", NOW), "removed an account"),
    ],
)
def test_two_admins_cannot_remove_each_other(
    act: Callable[[StaffChanges], object], what: str, redis: Redis, changes: Callable[[str], StaffChanges]
) -> None:
    Accounts(redis).add("ana", Role.STAFF)
    Accounts(redis).add("eve", Role.ADMIN)
    before = redis.hgetall(ACCOUNTS)
    with pytest.raises(NotChanged) as why:
        act(changes("ana"))
    assert Why.LAST_ADMIN is why.value.why
    assert before == redis.hgetall(ACCOUNTS)
    assert [("ana", what, "eve")] == refused(redis)


def test_only_a_command_ends_the_last_account(redis: Redis, changes: Callable[[str], StaffChanges]) -> None:
    accounts = Accounts(redis)
    accounts.add("eve", Role.ADMIN)
    with pytest.raises(LastAdmin):
        accounts.remove("eve")
    with pytest.raises(NotChanged):
        changes("gone").remove("eve", NOW)
    assert 0 == changes("").remove("eve", NOW)
    assert not accounts.any()


def test_an_invalid_account_is_not_in_the_audit(redis: Redis, changes: Callable[[str], StaffChanges]) -> None:
    Accounts(redis).add("eve", Role.ADMIN)
    for act in (
        lambda: changes("eve").link("mari", NOW),
        lambda: changes("eve").set_role("mari", Role.STAFF, NOW),
        lambda: changes("eve").sign_out("mari", NOW),
        lambda: changes("eve").remove("mari", NOW),
    ):
        with pytest.raises(NoAccount):
            act()
    assert [] == DeskAudit(redis).rows()


def test_a_concurrent_change_of_an_account_is_not_lost(redis: Redis) -> None:
    accounts = Accounts(redis)
    accounts.add("ana", Role.STAFF)
    stale = accounts.get("ana")
    assert stale
    accounts.set_phone("ana", "sealed")
    accounts.rehash(stale, "an old hash")
    accounts.set_role("ana", Role.EDITOR)
    found = accounts.get("ana")
    assert found
    assert ("", "sealed", Role.EDITOR) == (found.hash, found.phone, found.role)
