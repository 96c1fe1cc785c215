"""Signing in at the desk: accounts, links, sessions that can be revoked, and throttling of guesses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from redis import Redis

from hotline.cli import hotline
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_sessions import IDLE, LONGEST, session_key
from hotline.store.login_throttle import MOST, MOST_OF_ACCOUNT
from hotline.store.staff_accounts import LINK_LASTS, Accounts
from hotline.store.staff_roles import Role
from hotline.web.app import create_app
from hotline.web.desk.guard import SESSION_COOKIE
from hotline.web.desk.known_browsers import KnownBrowsers, client_of
from tests.web.desk.conftest import NOW
from tests.web.desk.visiting import PASSPHRASE, PASSWORD, Ask, Desk, account, session_of, words


def is_in(desk: Desk) -> bool:
    """Return whether the desk is shown."""
    return 200 == desk.get().status_code


# --- availability of the desk --------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/sign-in", "/desk/team", f"/desk/recording/{'0' * 32}-{'0' * 12}"]
)
def test_without_password_and_account_no_desk(path: str, reached: Settings, redis_at_now: Redis) -> None:
    desk = Desk(create_app(replace(reached, desk_password="")))
    assert 404 == desk.get(path).status_code
    assert 404 == desk.sign_in("").status_code
    kept = [str(key) for key in redis_at_now.scan_iter()]
    assert [] == [key for key in kept if not key.startswith("{books}:")], "nothing but our own words"


@pytest.mark.usefixtures("redis_at_now")
def test_an_account_enables_the_desk_without_a_password(reached: Settings) -> None:
    """DESK_PASSWORD is for a center without accounts."""
    app = create_app(replace(reached, desk_password=""))
    account(app)
    assert is_in(Desk(app).signed_in(PASSPHRASE, "anna"))


# --- the shared password ------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "try the des", "try the desk ", "Try the desk", "x" * 10_000])
def test_a_wrong_password_shows_nothing(password: str, visitor: Desk, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    answer = visitor.sign_in(password)
    assert 401 == answer.status_code
    assert "That is not the password." in words(answer.text)
    for answer in (
        visitor.get(),
        visitor.get(f"/desk/recording/{id}"),
        visitor.post(f"/desk/request/{id}/claim"),
    ):
        assert (303, "/desk/sign-in") == (answer.status_code, answer.headers["Location"])
        assert "202-555" not in answer.text


def test_a_password_may_contain_any_characters(reached: Settings, redis_at_now: Redis) -> None:
    assert 0 == redis_at_now.dbsize()
    app = create_app(replace(reached, desk_password="contraseña: ñandú"))
    assert 303 == Desk(app).sign_in("contraseña: ñandú").status_code
    assert 401 == Desk(app).sign_in("contrasena: nandu").status_code


def test_the_first_account_ends_the_shared_password(desk: Desk, desk_app: Flask) -> None:
    assert is_in(desk)
    account(desk_app)
    assert not is_in(desk)
    assert 401 == desk.sign_in(PASSWORD, "").status_code
    assert 401 == desk.sign_in(PASSWORD, "anna").status_code
    Accounts(desk_app.extensions["hotline"].redis).remove("anna")
    assert 303 == desk.sign_in(PASSWORD).status_code


def test_a_new_password_ends_the_sessions_of_the_old_one(desk: Desk, reached: Settings) -> None:
    other = Desk(create_app(replace(reached, desk_password="another password, long")))
    other.client.set_cookie(SESSION_COOKIE, session_of(desk), path="/desk", domain="localhost", secure=True)
    assert is_in(desk)
    assert not is_in(other)


# --- accounts -----------------------------------------------------------------------------------


def test_a_wrong_name_and_a_wrong_passphrase_get_the_same_answer(visitor: Desk, desk_app: Flask) -> None:
    account(desk_app)
    Accounts(desk_app.extensions["hotline"].redis).add("ben", Role.STAFF)
    for name, passphrase in (
        ("anna", "wrong"),
        ("nobody", PASSPHRASE),
        ("ben", ""),
        ("ben", PASSPHRASE),
        ("", ""),
    ):
        answer = visitor.sign_in(passphrase, name)
        assert 401 == answer.status_code
        assert "The name or the passphrase is wrong." in words(answer.text)
    assert 303 == visitor.sign_in(PASSPHRASE, " Anna ").status_code


def test_the_passphrase_is_stored_only_as_argon2(
    desk_app: Flask, redis_at_now: Redis, service_hasher: PasswordHasher
) -> None:
    """With the parameters that OWASP names. The passphrase itself is not stored."""
    account(desk_app, "anna")
    line = str(redis_at_now.hget("{desk}:accounts", "anna"))
    assert "$argon2id$" in line
    assert PASSPHRASE not in line
    assert service_hasher.hash(PASSPHRASE).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_staff_add_prints_a_link_that_works_once(
    reached: Settings, desk_app: Flask, redis_at_now: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "read", classmethod(lambda *_: reached))
    with time_machine.travel(NOW, tick=False):
        made = CliRunner().invoke(hotline, ["staff", "add", "Maria.L", "--role", "editor"])
    assert 0 == made.exit_code, made.output
    assert "DESK_PASSWORD no longer opens the desk" in made.output
    link = re.search(rf"{re.escape(reached.public_base_url)}(/desk/passphrase/\S+)", made.output)
    assert link
    assert link[1].rsplit("/")[-1] not in str([*redis_at_now.scan_iter()]), "only its hash is stored"
    desk = Desk(desk_app)
    for _ in range(2):
        assert "Your name at this desk is maria.l." in words(desk.get(link[1]).text)
    chosen = "correct horse battery"
    assert 400 == desk.send(link[1], passphrase=chosen, again="another one, long").status_code
    assert 303 == desk.send(link[1], passphrase=chosen, again=chosen).status_code
    assert is_in(desk)
    assert 404 == desk.get(link[1]).status_code
    assert 404 == desk.send(link[1], passphrase=chosen, again=chosen).status_code
    listed = CliRunner().invoke(hotline, ["staff", "list"])
    assert "maria.l\tadmin\tready\n" == listed.output, "the first account can make others an editor"
    removed = CliRunner().invoke(hotline, ["staff", "remove", "maria.l"])
    assert "DESK_PASSWORD opens the desk again" in removed.output
    assert not is_in(desk)


@pytest.fixture
def staff(
    reached: Settings, redis_at_now: Redis, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Return a function that runs `hotline staff` and returns its exit code and output."""
    assert 0 == redis_at_now.dbsize()
    monkeypatch.setattr(Settings, "read", classmethod(lambda *_: reached))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(hotline, ["staff", *arguments])
        return result.exit_code, result.output

    return run


def test_there_is_always_an_admin(staff: Callable[..., tuple[int, str]]) -> None:
    assert "ana is admin: also adds and removes accounts" in staff("add", "ana")[1]
    assert "ben is staff: calls and texts parents back." in staff("add", "ben")[1]
    for refused in (("remove", "ana"), ("role", "ana", "editor")):
        code, output = staff(*refused)
        assert (1, True) == (code, "ana is the last admin; first make another one" in output)
    assert (0, "ben is admin now: also adds and removes accounts, and sees who did what.\n") == staff(
        "role", "ben", "admin"
    )
    assert 0 == staff("role", "ana", "staff")[0]
    assert "ana\tstaff\tno passphrase yet\nben\tadmin\tno passphrase yet\n" == staff("list")[1]
    assert 0 == staff("remove", "ana")[0]
    assert "DESK_PASSWORD opens the desk again" in staff("remove", "ben")[1]


def test_a_changed_role_counts_at_once(staff: Callable[..., tuple[int, str]], desk_app: Flask) -> None:
    account(desk_app, "boss", Role.ADMIN)
    account(desk_app, "ana")
    ana = Desk(desk_app).signed_in(PASSPHRASE, "ana")
    assert 403 == ana.get("/desk/opening").status_code
    code, output = staff("add", "ana", "--role", "editor")
    assert (1, True) == (code, "hotline staff role ana editor" in output)
    staff("role", "ana", "editor")
    assert 200 == ana.get("/desk/opening").status_code
    assert 1 == staff("role", "nobody", "admin")[0]


def test_a_new_link_ends_the_earlier_one(staff: Callable[..., tuple[int, str]], visitor: Desk) -> None:
    links = [
        re.findall(r"/desk/passphrase/\S+", staff(what, "ana")[1])[0] for what in ("add", "link", "link")
    ]
    assert [404, 404, 200] == [visitor.get(link).status_code for link in links]


def test_the_audit_says_what_was_refused(desk_app: Flask, happened: Ask, redis_at_now: Redis) -> None:
    account(desk_app, "boss", Role.ADMIN)
    account(desk_app, "ana")
    boss, ana = (Desk(desk_app).signed_in(PASSPHRASE, name) for name in ("boss", "ana"))
    happened(AskPerson("morning"))
    ana.post(f"{boss.take()}/claim")
    rows = {(row.by, row.what, row.refused) for row in DeskAudit(redis_at_now).rows() if row.what == "took"}
    assert {("boss", "took", False), ("ana", "took", True)} == rows
    assert "ana took (refused)" in words(boss.get("/desk/team").text)


def test_the_audit_says_what_was_done_although_the_rest_was_refused(
    desk_app: Flask, happened: Ask, redis_at_now: Redis
) -> None:
    """Without a result a request is not done, but the note is saved and the number is on the page."""
    account(desk_app, "boss", Role.ADMIN)
    boss = Desk(desk_app).signed_in(PASSPHRASE, "boss")
    happened(AskPerson("morning"))
    assert 400 == boss.post(f"{boss.take()}/done", note="Call after noon.").status_code
    done = {row.what for row in DeskAudit(redis_at_now).rows() if not row.refused}
    assert {"wrote a note", "saw a number"} <= done
    assert "(refused)" not in words(boss.get("/desk/team").text)


def test_a_removed_account_releases_its_requests(
    reached: Settings, desk_app: Flask, happened: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "read", classmethod(lambda *_: reached))
    for name in ("anna", "ben"):
        account(desk_app, name)
    account(desk_app, "boss", Role.ADMIN)
    id = happened(AskPerson("morning"))
    Desk(desk_app).signed_in(PASSPHRASE, "anna").take()
    removed = CliRunner().invoke(hotline, ["staff", "remove", "anna"])
    assert "1 request that anna had taken can be taken by others now." in removed.output
    work = desk_app.extensions["hotline"].request_work
    work.claim(id, "gone", NOW)
    ben = Desk(desk_app).signed_in(PASSPHRASE, "ben")
    assert "Taken by" not in words(ben.get().text)
    assert 1 == len(re.findall("/claim", ben.get("/desk?whose=free").text))
    assert 200 == ben.get(ben.take()).status_code


@pytest.mark.parametrize("name", ["", "a b", "x" * 33, "../x", "añá"])
def test_an_account_name_must_be_plain(name: str) -> None:
    found = CliRunner().invoke(hotline, ["staff", "add", name])
    assert (2, True) == (found.exit_code, "a name has up to 32" in found.output)


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("short one", "12 to 200 characters"),
        ("x" * 201, "12 to 200 characters"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("I am Anna, hello", "easy to guess"),
    ],
)
def test_a_weak_passphrase_is_refused(passphrase: str, why: str, visitor: Desk, desk_app: Flask) -> None:
    accounts = Accounts(desk_app.extensions["hotline"].redis)
    accounts.add("anna", Role.STAFF)
    path = f"/desk/passphrase/{accounts.link('anna')}"
    answer = visitor.send(path, passphrase=passphrase, again=passphrase)
    assert 400 == answer.status_code
    assert why in words(answer.text)
    assert 303 == visitor.send(path, passphrase=PASSPHRASE[:-9], again=PASSPHRASE[:-9]).status_code


def test_a_link_expires_and_ends_with_the_accounts_sessions(desk_app: Flask, redis_at_now: Redis) -> None:
    accounts = Accounts(desk_app.extensions["hotline"].redis)
    accounts.add("anna", Role.STAFF)
    token = accounts.link("anna")
    assert token
    (key,) = [*redis_at_now.scan_iter("{desk}:link:*")]
    assert 0 < redis_at_now.ttl(key) <= LINK_LASTS.total_seconds()
    assert "anna" == accounts.linked(token)
    accounts.sign_out("anna")
    assert accounts.linked(token) is None
    assert accounts.accept(token, "$argon2") is None


# --- sessions -----------------------------------------------------------------------------------


def test_signing_an_account_out_revokes_a_stolen_cookie(desk_app: Flask, redis_at_now: Redis) -> None:
    """In every process at once, because the session is in Redis, under a hash of the cookie."""
    account(desk_app)
    account(desk_app, "boss", Role.ADMIN)
    anna, boss = Desk(desk_app).signed_in(PASSPHRASE, "anna"), Desk(desk_app).signed_in(PASSPHRASE, "boss")
    thief = Desk(create_app(desk_app.extensions["hotline"].settings))
    thief.client.set_cookie(SESSION_COOKIE, session_of(anna), path="/desk", domain="localhost", secure=True)
    assert is_in(thief)
    assert session_of(anna) not in str([*redis_at_now.scan_iter()])
    assert "<title>anna is signed out everywhere." in boss.press("/team/anna/sign-out", on="/desk/team").text
    assert (False, False, True) == (is_in(thief), is_in(anna), is_in(boss))
    assert is_in(anna.signed_in(PASSPHRASE, "anna"))


def test_signing_out_ends_the_session(desk_app: Flask, redis_at_now: Redis) -> None:
    account(desk_app)
    anna, phone = (Desk(desk_app).signed_in(PASSPHRASE, "anna") for _ in range(2))
    cookie = session_of(anna)
    assert 303 == anna.post("/desk/sign-out").status_code
    anna.client.set_cookie(SESSION_COOKIE, cookie, path="/desk", domain="localhost", secure=True)
    assert (False, True) == (is_in(anna), is_in(phone))
    assert not redis_at_now.exists(session_key(cookie))


def test_a_session_expires(desk_app: Flask, redis_at_now: Redis) -> None:
    """Twelve hours after the last page, or a week after signing in."""
    account(desk_app)
    anna = Desk(desk_app).signed_in(PASSPHRASE, "anna")
    key = session_key(session_of(anna))
    redis_at_now.expire(key, 10)
    assert is_in(anna)
    assert IDLE.total_seconds() - 5 < redis_at_now.ttl(key) <= IDLE.total_seconds()
    with time_machine.travel(NOW + LONGEST, tick=False):
        assert not is_in(anna)


@pytest.mark.parametrize("cookie", ["", "x", "é", "../", "0" * 3000])
def test_an_invalid_cookie_gives_no_access(cookie: str, visitor: Desk) -> None:
    visitor.client.set_cookie(SESSION_COOKIE, cookie, path="/desk", domain="localhost")
    assert not is_in(visitor)


def test_cookies_are_limited_to_the_desk(reached: Settings, redis_at_now: Redis) -> None:
    assert 0 == redis_at_now.dbsize()
    far = Desk(create_app(replace(reached, public_base_url="https://line.example")))
    cookies = far.sign_in(PASSWORD).headers.getlist("Set-Cookie")
    assert 2 == len(cookies)
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/desk", "SameSite=Lax"} <= set(cookie.split("; "))


# --- forms --------------------------------------------------------------------------------------


def test_a_forged_form_is_refused(desk: Desk, desk_app: Flask, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    other = Desk(desk_app).signed_in()
    for token in ("", "0" * 43, other.token(), desk.token()[:-1], "é"):
        assert 403 == desk.send(f"/desk/request/{id}/claim", token=token).status_code
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert 403 == desk.send(f"/desk/request/{id}/claim", foreign, token=desk.token()).status_code
    assert 403 == desk.send("/desk/sign-in", foreign, passphrase=PASSWORD).status_code
    assert "This page was open for too long." in words(desk.send(f"/desk/request/{id}/claim").text)
    assert "Take it" in words(desk.get().text)
    assert 303 == desk.post(f"/desk/request/{id}/claim").status_code


# --- guesses ------------------------------------------------------------------------------------


def test_guesses_are_throttled(visitor: Desk, redis_at_now: Redis) -> None:
    for _ in range(MOST):
        assert 401 == visitor.sign_in("not the password").status_code
    answer = visitor.sign_in(PASSWORD)
    assert 429 == answer.status_code
    assert 290 < int(answer.headers["Retry-After"]) <= 301
    assert "Too many wrong passphrases. Try again in 5 minutes." in words(answer.text)
    stored = sorted(map(str, redis_at_now.scan_iter()))
    assert all(0 < int(str(redis_at_now.ttl(key))) <= 300 for key in stored)
    assert not any("127.0.0.1" in key for key in stored)
    redis_at_now.delete(*stored)
    assert 303 == visitor.sign_in(PASSWORD).status_code


def test_guesses_from_one_address_lock_no_one_else_out(visitor: Desk, desk_app: Flask) -> None:
    """Neither a known browser at that address nor anyone at another address, for the same account."""
    account(desk_app)
    known = Desk(desk_app).signed_in(PASSPHRASE, "anna")
    known.post("/desk/sign-out")
    assert {401, 429} == {visitor.sign_in("a guess", "anna").status_code for _ in range(100)}
    assert 429 == visitor.sign_in(PASSPHRASE, "anna").status_code
    assert 303 == known.sign_in(PASSPHRASE, "anna").status_code
    assert 303 == Desk(desk_app, "198.51.100.7").sign_in(PASSPHRASE, "anna").status_code


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.41.0.4", "", "198.41.0.4"),
        ("198.41.0.4", "203.0.113.7", "198.41.0.4"),
        ("::ffff:198.41.0.4", "203.0.113.7", "::ffff:198.41.0.4"),
        ("127.0.0.1", "192.0.2.1, 203.0.113.7", "203.0.113.7"),
        ("::ffff:10.0.0.2", "2001:db8::7", "2001:db8::7"),
        ("100.64.0.3", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("", "203.0.113.7", ""),
    ],
)
def test_only_our_own_proxy_may_name_the_clients_address(peer: str, forwarded: str, client: str) -> None:
    """And only its own entry, the last: a client can send the header itself, to us or to the proxy."""
    assert client == client_of(peer, forwarded)


def test_guesses_from_many_addresses_lock_an_account_for_unknown_browsers_only(
    desk_app: Flask, redis_at_now: Redis
) -> None:
    assert 0 == redis_at_now.dbsize()
    account(desk_app)
    account(desk_app, "ben")
    known = Desk(desk_app).signed_in(PASSPHRASE, "anna")
    for number in range(MOST_OF_ACCOUNT):
        assert 401 == Desk(desk_app, f"203.0.113.{number}").sign_in("a guess", "anna").status_code
    far = Desk(desk_app, "198.51.100.7")
    assert 429 == far.sign_in(PASSPHRASE, "anna").status_code
    assert 303 == far.sign_in(PASSPHRASE, "ben").status_code
    assert 303 == known.sign_in(PASSPHRASE, "anna").status_code


def test_a_known_browser_is_throttled_too(desk_app: Flask, redis_at_now: Redis) -> None:
    assert 0 == redis_at_now.dbsize()
    account(desk_app)
    account(desk_app, "boss", Role.ADMIN)
    anna = Desk(desk_app).signed_in(PASSPHRASE, "anna")
    for name in ("anna", "boss"):
        for _ in range(MOST):
            assert 401 == anna.sign_in("a guess", name).status_code
        assert 429 == anna.sign_in(PASSPHRASE, name).status_code


@pytest.mark.parametrize("cookie", ["x", "a.b.c", "a.2026-11-23.", "..", "é.2026-11-23.é", "...", "a.b.c.d"])
def test_a_forged_cookie_makes_no_known_browser(reached: Settings, cookie: str) -> None:
    assert "" == KnownBrowsers(reached).browser(cookie, "anna", date(2026, 11, 23))


def test_an_expired_cookie_or_another_accounts_makes_no_known_browser(reached: Settings) -> None:
    known, day = KnownBrowsers(reached), date(2026, 11, 23)
    given = known.cookie_for("anna", day)
    assert known.browser(given, "anna", day + timedelta(days=29))
    assert not known.browser(given, "anna", day + timedelta(days=30))
    assert not known.browser(given, "ben", day)


# --- the audit ----------------------------------------------------------------------------------


def test_views_and_changes_are_audited(desk_app: Flask, happened: Ask, redis_at_now: Redis) -> None:
    account(desk_app)
    account(desk_app, "boss", Role.ADMIN)
    id = happened(AskPerson("morning"))
    anna = Desk(desk_app).signed_in(PASSPHRASE, "anna")
    anna.get(page := anna.take())
    anna.press("/note", on=page, note="a note")
    anna.press("/done", on=page, result="talked")
    rows = [(row.by, row.what) for row in DeskAudit(redis_at_now).rows()]
    assert {"took", "saw a number", "wrote a note", "done", "signed in"} == {
        w for by, w in rows if by == "anna"
    }
    written = str(redis_at_now.zrange("{desk}:audit", 0, -1))
    assert id[:32] not in written
    assert "5550123" not in written
    shown = words(Desk(desk_app).signed_in(PASSPHRASE, "boss").get("/desk/team").text)
    assert "anna signed in" in shown
