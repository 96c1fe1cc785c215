"""Staff actions on a request: one person at a time, and deletion a day later."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis

from hotline.conversation.model.events import AskPerson, ReachBy
from hotline.store.keys import Secrets
from hotline.store.purge import Purge
from hotline.store.request_work import LONGEST_NOTE, MOST_NOTES, UNDO_FOR, Refused, RequestWork, Result
from hotline.store.requests import Requests, keys_of
from tests.store.conftest import NOW
from tests.store.working import do

Take = Callable[..., str | None]


@pytest.fixture
def work(redis: Redis, secrets: Secrets) -> RequestWork:
    return RequestWork(redis, secrets)


@pytest.fixture
def id(take: Take, redis: Redis) -> str:
    take(AskPerson("morning"))
    return Requests(redis).waiting()[0].id


def why(refused: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        refused()
    return error.value.why


def test_a_stale_change_is_rejected(work: RequestWork, id: str, redis: Redis) -> None:
    keys, read = keys_of(id), Requests(redis).line(id)
    assert read
    work.claim(id, "anna", NOW)
    stale = read.replace('"done"', '"claimed_by": "ben", "done"')
    changed = work._change(
        [keys.requests, keys.requested, keys.finished],
        id=id,
        before=read,
        after=stale,
        waits_since=NOW.timestamp(),
    )
    assert 0 == changed
    found = Requests(redis).get(id)
    assert found
    assert "anna" == found.claimed_by


def test_concurrent_notes_are_all_stored(work: RequestWork, id: str, redis: Redis) -> None:
    work.claim(id, "anna", NOW)
    with ThreadPoolExecutor(5) as writing:
        list(writing.map(lambda n: work.note(id, "anna", str(n), NOW), range(5)))
    found = Requests(redis).get(id)
    assert found
    assert set("01234") == {words for _, _, words in work.notes(found)}


def test_only_the_claimant_works_on_a_request(work: RequestWork, id: str) -> None:
    for change in (
        lambda: work.note(id, "anna", "x", NOW),
        lambda: work.finish(id, "anna", Result.TALKED, NOW),
        lambda: work.release(id, "anna"),
    ):
        assert "not_yours" == why(change)
    work.claim(id, "ben", NOW)
    work.claim(id, "ben", NOW)
    assert "taken" == why(lambda: work.claim(id, "anna", NOW))
    assert "taken" == why(lambda: work.finish(id, "anna", Result.TALKED, NOW))
    work.release(id, "anna", of_anyone=True)
    work.claim(id, "anna", NOW)


def test_done_can_be_undone_for_a_day(work: RequestWork, id: str, redis: Redis) -> None:
    requests = Requests(redis)
    work.claim(id, "anna", NOW)
    work.finish(id, "anna", Result.NO_ANSWER, NOW)
    assert ([], [id]) == (requests.waiting(), [each.id for each in requests.finished()])
    assert "already" == why(lambda: work.finish(id, "anna", Result.TALKED, NOW))
    assert "already" == why(lambda: work.claim(id, "ben", NOW))
    work.undo(id, "ben", NOW + UNDO_FOR - timedelta(seconds=1))
    (again,) = requests.waiting()
    assert (id, "ben", "", None) == (again.id, again.claimed_by, again.result, again.done)
    assert [] == requests.finished()
    assert "open" == why(lambda: work.undo(id, "ben", NOW))
    work.finish(id, "ben", Result.TALKED, NOW)
    assert "late" == why(lambda: work.undo(id, "ben", NOW + UNDO_FOR))


def test_notes_have_an_end(work: RequestWork, id: str, redis: Redis) -> None:
    work.claim(id, "anna", NOW)
    for _ in range(MOST_NOTES):
        work.note(id, "anna", "x" * LONGEST_NOTE, NOW)
    assert "full" == why(lambda: work.note(id, "anna", "x", NOW))
    assert "long" == why(lambda: work.note(id, "anna", "x" * (LONGEST_NOTE + 1), NOW))
    found = Requests(redis).get(id)
    assert found
    assert {"x" * LONGEST_NOTE} == {words for _, _, words in work.notes(found)}


def test_notes_are_sealed_with_the_number(id: str, redis: Redis, work: RequestWork, secrets: Secrets) -> None:
    work.claim(id, "anna", NOW)
    work.note(id, "anna", "speaks slowly", NOW)
    changed = Secrets("the secret of the tests, long enough", "a newer seal of the tests, long enough")
    assert 1 == Purge(redis, changed).run_all(NOW).sealed
    found = Requests(redis).get(id)
    assert found
    assert [True, True] == [changed.newest(sealed) for sealed in (found.sealed, found.notes[0].sealed)]
    assert secrets.unseal(found.notes[0].sealed) is None
    assert ["speaks slowly"] == [words for _, _, words in RequestWork(redis, changed).notes(found)]
    assert 0 == Purge(redis, changed).run_all(NOW).sealed


def test_a_request_that_is_gone_is_not_found(work: RequestWork, id: str, redis: Redis) -> None:
    redis.delete(keys_of(id).requests)
    assert "gone" == why(lambda: work.claim(id, "anna", NOW))
    assert "gone" == why(lambda: work.claim("../x", "anna", NOW))


def test_a_request_retired_twice_is_one_row(work: RequestWork, id: str, redis: Redis) -> None:
    work.claim(id, "anna", NOW)
    work.finish(id, "anna", Result.REFERRED, NOW + timedelta(hours=2))
    (done,) = work.over(NOW + timedelta(hours=2) + UNDO_FOR)
    work.retire(done)
    work.retire(done)
    (row,) = work.history(9)
    assert (2 * 3600, "referred", ReachBy.CALL, "anna") == (row.waited, row.result, row.wish, row.by)
    assert 0 == redis.exists(keys_of(id).requests, keys_of(id).finished)


def test_the_history_has_how_to_reach_the_parent(work: RequestWork, take: Take, redis: Redis) -> None:
    take(AskPerson("text_evening", by=ReachBy.TEXT))
    (request,) = Requests(redis).waiting()
    do(redis, request.id, NOW)
    work.retire(next(iter(work.over(NOW + UNDO_FOR))))
    assert [ReachBy.TEXT] == [past.wish for past in work.history(9)]


def test_a_claim_can_be_taken_over_if_allowed(work: RequestWork, id: str, redis: Redis) -> None:
    work.claim(id, "anna", NOW)
    assert "taken" == why(lambda: work.claim(id, "ben", NOW, may_take_over=lambda _: False))
    later = NOW + timedelta(days=3)
    work.claim(id, "ben", later, may_take_over=lambda request: request.claimed_at == NOW)
    work.claim(id, "ben", later + UNDO_FOR)
    (request,) = Requests(redis).waiting()
    assert ("ben", later) == (request.claimed_by, request.claimed_at)
    assert "taken" == why(lambda: work.note(id, "anna", "x", later))


def test_all_claims_of_a_person_are_released(work: RequestWork, take: Take, redis: Redis) -> None:
    take(AskPerson("morning"))
    take(AskPerson("", "RE" + "1" * 32), id="SMsecond")
    first, second = Requests(redis).waiting()
    work.claim(first.id, "anna", NOW)
    work.claim(second.id, "ben", NOW)
    assert (1, 0) == (work.release_all("anna"), work.release_all("anna"))
    assert {"", "ben"} == {each.claimed_by for each in Requests(redis).waiting()}
