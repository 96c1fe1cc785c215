"""A browser for tests of the desk, and helpers to read its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Self

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from hotline.web.desk.guard import SESSION_COOKIE

PASSWORD = "try the desk"
PASSPHRASE = "four words of anna's own"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes as the service does, in a hundredth of the time."""
HASHED = QUICK.hash(PASSPHRASE)

Ask = Callable[..., str]


class Desk:
    """A browser. It uses HTTPS, so that secure cookies are sent."""

    def __init__(self, app: Flask, address: str = "127.0.0.1") -> None:
        self.app, self.address = app, address
        self.client: FlaskClient = app.test_client()

    def signed_in(self, passphrase: str = PASSWORD, name: str = "") -> Self:
        """Sign in and return the browser."""
        answer = self.sign_in(passphrase, name)
        assert 303 == answer.status_code, words(answer.text)
        return self

    def sign_in(self, passphrase: str, name: str = "") -> TestResponse:
        """Send the form of the sign-in page."""
        return self.send("/desk/sign-in", name=name, passphrase=passphrase)

    def get(self, path: str = "/desk", **headers: str) -> TestResponse:
        return self.client.get(
            path,
            headers=headers,
            base_url="https://localhost",
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def send(self, path: str, headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        """Submit a form exactly as given."""
        return self.client.post(
            path,
            data=form,
            headers=headers,
            base_url="https://localhost",
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def post(self, path: str, **form: str) -> TestResponse:
        """Submit a form with the CSRF token that our pages contain."""
        return self.send(path, None, **{"token": self.token(), **form})

    def press(self, what: str, number: int = 0, on: str = "/desk", **form: str) -> TestResponse:
        """Press a button on a page, whose form or itself has a URL that contains `what`."""
        page = self.get(on).text
        forms = re.findall(
            r'action="([^"]+)"[^>]*>\s*<input type="hidden" name="token" value="([^"]+)">', page
        )
        own = re.findall(r'<button formaction="([^"]+)"', page)
        action = [each for each in (*own, *(action for action, _ in forms)) if what in each][number]
        token = forms[0][1]
        return self.send(unescape(action), None, token=token, **form)

    def take(self, number: int = 0) -> str:
        """Claim one of the requests; return the URL of its page."""
        answer = self.press("/claim", number)
        assert 303 == answer.status_code, words(answer.text)
        return str(answer.headers["Location"])

    def do(self, number: int = 0, result: str = "talked") -> TestResponse:
        """Claim one of the requests and mark it as done."""
        return self.press("/done", on=self.take(number), result=result)

    def token(self) -> str:
        """Return the CSRF token of this session, as the page contains it."""
        found = re.search(r'name="token" value="([^"]+)"', self.get("/desk").text)
        return found[1] if found else ""


def account(app: Flask, name: str = "anna", role: Role = Role.STAFF) -> None:
    """Make an account with PASSPHRASE."""
    accounts = Accounts(app.extensions["hotline"].redis)
    assert accounts.add(name, role)
    token = accounts.link(name)
    assert token
    assert name == accounts.accept(token, HASHED)


def words(page: str) -> str:
    """Return the text of a page, without styles and tags, with single spaces."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def session_of(desk: Desk) -> str:
    cookie = desk.client.get_cookie(SESSION_COOKIE, path="/desk")
    assert cookie
    return cookie.value


def same_browser(desk: Desk) -> Desk:
    """Return another browser with the same session cookie, such as a second tab."""
    other = Desk(desk.app, desk.address)
    other.client.set_cookie(SESSION_COOKIE, session_of(desk), path="/desk", domain="localhost", secure=True)
    return other
