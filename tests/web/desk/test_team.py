"""The accounts page: an admin adds people, makes links, changes roles and removes accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from redis import Redis

from hotline.conversation.model.events import AskPerson
from hotline.store.desk_audit import DeskAudit
from hotline.store.staff_accounts import MOST, Accounts, read_name
from hotline.store.staff_roles import Role
from tests.web.desk.conftest import FATHER, MOTHER
from tests.web.desk.visiting import PASSPHRASE, Ask, Desk, account, words

Audited = tuple[str, str, str, bool]


@pytest.fixture
def boss(desk_app: Flask, redis_at_now: Redis) -> Desk:
    assert 0 == redis_at_now.dbsize()
    account(desk_app, "boss", Role.ADMIN)
    return Desk(desk_app).signed_in(PASSPHRASE, "boss")


@pytest.fixture
def audited(redis_at_now: Redis) -> Callable[[], list[Audited]]:
    """Return a function that returns what the audit has, without who signed in."""

    def read() -> list[Audited]:
        rows = DeskAudit(redis_at_now).rows()
        return [(row.by, row.what, row.about, row.refused) for row in rows if row.what != "signed in"]

    return read


def roles(redis: Redis) -> dict[str, Role]:
    return {each.name: each.role for each in Accounts(redis).all()}


def link_on(page: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.findall(r"https?://[^<\s]+(/desk/passphrase/[\w-]+)</textarea>", page)
    assert 1 == len(found)
    return str(found[0])


def title_of(page: str) -> str:
    return words(re.findall(r"<title>(.*?)</title>", page)[0])


def test_an_admin_adds_a_person(
    boss: Desk, desk_app: Flask, redis_at_now: Redis, audited: Callable[[], list[Audited]]
) -> None:
    answer = boss.post("/desk/team", name=" Maria.L ", role="editor")
    assert 200 == answer.status_code
    assert title_of(answer.text).startswith("maria.l has an account now: editor.")
    link = link_on(answer.text)
    token = link.rsplit("/", 1)[1]
    assert token not in boss.get("/desk/team").text
    assert token not in str([(key, redis_at_now.type(key)) for key in redis_at_now.scan_iter()])
    assert [("boss", "made an account", "maria.l", False)] == audited()
    maria = Desk(desk_app)
    assert 303 == maria.send(link, passphrase=PASSPHRASE, again=PASSPHRASE).status_code
    assert (200, 403) == (maria.get("/desk/opening").status_code, maria.get("/desk/team").status_code)


@pytest.mark.parametrize(
    ("given", "stored", "types"),
    [
        ("Luci\u0301a Núñez", "lucía.núñez", "LUCÍA NÚÑEZ"),
        ("Lucía", "lucía", "Lucia"),
        ("Ben O\u2019Hara", "ben.ohara", "ben.o'hara"),
        ("Nguyễn-Thị", "nguyễn-thị", "nguyen-thi"),
        ("प्रिया", "प्रिया", "प्रिया"),
    ],
)
def test_a_name_may_have_the_letters_of_any_language(
    given: str, stored: str, types: str, boss: Desk, redis_at_now: Redis, audited: Callable[[], list[Audited]]
) -> None:
    """It is one name however the keyboard writes it, and each act on it works; who signs in may leave out the accents."""
    link = link_on(boss.post("/desk/team", name=given, role="staff").text)
    assert [("boss", "made an account", stored, False)] == audited()
    person = Desk(boss.app)
    assert 303 == person.send(link, passphrase=PASSPHRASE, again=PASSPHRASE).status_code
    assert 303 == Desk(boss.app).sign_in(PASSPHRASE, types).status_code
    assert f"Sign out {stored}" in words(person.get().text)
    page = boss.press(f"/team/{quote(stored)}/role", on="/desk/team", role="editor")
    assert (200, Role.EDITOR) == (page.status_code, roles(redis_at_now)[stored])
    again = re.findall(r'name="page" value="([^"]*)"', page.text)[0]
    answer = boss.send("/desk/language", language="es", page=again)
    assert "/desk/team" == answer.headers["Location"]
    assert 200 == boss.press(f"/team/{quote(stored)}/remove", on="/desk/team").status_code
    assert {"boss"} == set(roles(redis_at_now))


def test_names_that_differ_only_in_accents_are_one_name(desk_app: Flask, boss: Desk) -> None:
    """Whoever leaves out an accent must not sign in as, or lock out, another person."""
    assert 200 == boss.post("/desk/team", name="núñez", role="staff").status_code
    assert 409 == boss.post("/desk/team", name="nunez", role="staff").status_code
    accounts = Accounts(desk_app.extensions["hotline"].redis)
    assert ["núñez"] * 3 == [accounts.name_for_sign_in(each) for each in ("Nunez", "NÚÑEZ", "nuñez")]
    assert 32 == len(accounts.name_for_sign_in("\ufdfa" * 5000))


@pytest.mark.parametrize("name", ["mar\ufe0fia", "ma\u034fria", "\u3164", "\u115f\u1160"])
def test_names_have_no_invisible_letters(name: str) -> None:
    assert read_name(name) is None


def test_a_new_link_ends_the_earlier_one(boss: Desk, audited: Callable[[], list[Audited]]) -> None:
    first = link_on(boss.post("/desk/team", name="ana", role="staff").text)
    answer = boss.press("/team/ana/link", on="/desk/team")
    assert title_of(answer.text).startswith("There is a new link for ana. The earlier ones no longer work.")
    second = link_on(answer.text)
    assert [404, 200] == [Desk(boss.app).get(link).status_code for link in (first, second)]
    assert ("boss", "made a link", "ana", False) in audited()


def test_a_new_role_counts_at_once(boss: Desk, desk_app: Flask, audited: Callable[[], list[Audited]]) -> None:
    account(desk_app, "ana")
    ana = Desk(desk_app).signed_in(PASSPHRASE, "ana")
    assert 403 == ana.get("/desk/opening").status_code
    answer = boss.press("/team/ana/role", on="/desk/team", role="editor")
    assert title_of(answer.text).startswith("ana has another role now: editor.")
    assert 200 == ana.get("/desk/opening").status_code
    assert 400 == boss.press("/team/ana/role", on="/desk/team", role="king").status_code
    assert [("boss", "changed a role", "ana", False)] == audited()


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        (0, "The account ana is removed. Accounts"),
        (1, "The account ana is removed. One request that it had taken can be taken by others now."),
        (2, "The account ana is removed. 2 requests that it had taken can be taken by others now."),
    ],
)
def test_a_removed_account_releases_its_requests(
    taken: int, says: str, boss: Desk, desk_app: Flask, happened: Ask, audited: Callable[[], list[Audited]]
) -> None:
    account(desk_app, "ana")
    ana = Desk(desk_app).signed_in(PASSPHRASE, "ana")
    for number in (MOTHER, FATHER):
        happened(AskPerson("morning"), number=number)
    for _ in range(taken):
        ana.take()
    answer = boss.press("/team/ana/remove", on="/desk/team")
    assert title_of(answer.text).startswith(says)
    assert 303 == ana.get().status_code
    assert 2 == len(re.findall("/claim", boss.get("/desk?whose=free").text))
    assert ("boss", "removed an account", "ana", False) in audited()
    assert 404 == boss.post("/desk/team/ana/remove").status_code


@pytest.mark.parametrize(("act", "what"), [("remove", "removed an account"), ("role", "changed a role")])
def test_admins_cannot_change_their_own_account(
    act: str, what: str, boss: Desk, redis_at_now: Redis, audited: Callable[[], list[Audited]]
) -> None:
    page = boss.get("/desk/team").text
    assert not re.findall("/team/boss/(?:role|remove)", page)
    answer = boss.post(f"/desk/team/boss/{act}", role="staff")
    assert 409 == answer.status_code
    assert "You cannot change the role of your own account or remove it" in words(answer.text)
    assert {"boss": Role.ADMIN} == roles(redis_at_now)
    assert [("boss", what, "boss", True)] == audited()


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"name": "a/b", "role": "staff"}, 400, "Write a name of up to 32 letters"),
        ({"name": "../x", "role": "staff"}, 400, "Write a name of up to 32 letters"),
        ({"name": " ", "role": "staff"}, 400, "Write a name of up to 32 letters"),
        ({"name": "ana\u200b", "role": "staff"}, 400, "Write a name of up to 32 letters"),
        ({"name": "ñ" * 33, "role": "staff"}, 400, "Write a name of up to 32 letters"),
        ({"name": "ana", "role": "king"}, 400, "Choose a role."),
        ({"name": "BOSS", "role": "staff"}, 409, "There is already an account with this name."),
    ],
)
def test_a_refused_account_leaves_the_form_filled_in(
    form: dict[str, str],
    status: int,
    says: str,
    boss: Desk,
    redis_at_now: Redis,
    audited: Callable[[], list[Audited]],
) -> None:
    answer = boss.post("/desk/team", **form)
    assert (status, True) == (answer.status_code, says in words(answer.text))
    assert title_of(answer.text).startswith("Error: ") or "king" == form["role"]
    assert "/desk/passphrase/" not in answer.text
    assert {"boss"} == set(roles(redis_at_now))
    assert ([("boss", "made an account", "boss", True)] if status == 409 else []) == audited()


def test_there_are_at_most_a_hundred_accounts(boss: Desk, redis_at_now: Redis) -> None:
    for n in range(MOST - 1):
        Accounts(redis_at_now).add(f"n{n}", Role.STAFF)
    answer = boss.post("/desk/team", name="ana", role="staff")
    assert 409 == answer.status_code
    assert f"There are {MOST} accounts" in words(answer.text)


def test_the_first_account_is_made_on_the_server(
    desk: Desk, redis_at_now: Redis, audited: Callable[[], list[Audited]]
) -> None:
    """Otherwise anyone with DESK_PASSWORD could become admin."""
    assert "The first account is made on the server, with: hotline staff add NAME" in words(
        desk.get("/desk/team").text
    )
    assert 403 == desk.post("/desk/team", name="ana", role="admin").status_code
    assert {} == roles(redis_at_now)
    assert [] == audited()


def test_the_page_is_in_spanish_too(boss: Desk) -> None:
    boss.send("/desk/language", language="es")
    answer = boss.post("/desk/team", name="ana", role="staff")
    assert title_of(answer.text).startswith("ana ya tiene una cuenta: personal.")
    assert "Sirve una sola vez, dentro de 48 horas" in words(answer.text)
    assert "Ya hay una cuenta con este nombre." in words(
        boss.post("/desk/team", name="ana", role="staff").text
    )


def test_no_log_has_a_link(boss: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    token = link_on(boss.post("/desk/team", name="ana", role="staff").text).rsplit("/", 1)[1]
    boss.send("/desk/passphrase/" + token, passphrase="short", again="short")
    written = capfd.readouterr()
    assert token not in written.out + written.err
