"""Browsers that visit the desk, and what they read there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Self

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from hotline.web.desk.guard import SESSION_COOKIE
from hotline.web.desk.passphrases import hashed

PASSWORD = "try the desk"
PASSPHRASE = "four words of anna's own"
HASHED = hashed(PASSPHRASE)

Ask = Callable[..., str]


class Desk:
    """A browser. Over https, so that its cookies come along."""

    def __init__(self, app: Flask, address: str = "127.0.0.1") -> None:
        self.app, self.address = app, address
        self.client: FlaskClient = app.test_client()

    def signed_in(self, passphrase: str = PASSWORD, name: str = "") -> Self:
        """Sign in, and stay so."""
        answer = self.sign_in(passphrase, name)
        assert 303 == answer.status_code, words(answer.text)
        return self

    def sign_in(self, passphrase: str, name: str = "") -> TestResponse:
        """Send the form of the sign-in page."""
        return self.send("/desk/sign-in", name=name, passphrase=passphrase)

    def get(self, path: str = "/desk", **headers: str) -> TestResponse:
        """Ask for a page."""
        return self.client.get(
            path,
            headers=headers,
            base_url="https://localhost",
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def send(self, path: str, headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        """Send a form as it is given."""
        return self.client.post(
            path,
            data=form,
            headers=headers,
            base_url="https://localhost",
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form with the secret that stands in each page of ours."""
        return self.send(path, None, **{"token": self.token(), **form})

    def press(self, what: str, number: int = 0, on: str = "/desk", **form: str) -> TestResponse:
        """Press the button of the form on a page whose address holds `what`."""
        forms = re.findall(
            r'action="([^"]+)"[^>]*>\s*<input type="hidden" name="token" value="([^"]+)">', self.get(on).text
        )
        action, token = [each for each in forms if what in each[0]][number]
        return self.send(unescape(action), None, token=token, **form)

    def take(self, number: int = 0) -> str:
        """Take one of the requests, and return the address of its page."""
        answer = self.press("/claim", number)
        assert 303 == answer.status_code, words(answer.text)
        return str(answer.headers["Location"])

    def do(self, number: int = 0, result: str = "talked") -> TestResponse:
        """Take one of the requests, and mark it as done."""
        return self.press("/done", on=self.take(number), result=result)

    def token(self) -> str:
        """The secret of this session, as the page has it."""
        found = re.search(r'name="token" value="([^"]+)"', self.get("/desk").text)
        return found[1] if found else ""


def account(app: Flask, name: str = "anna", role: Role = Role.STAFF) -> None:
    """Make an account, whose passphrase is PASSPHRASE."""
    accounts = Accounts(app.extensions["hotline"].redis)
    assert accounts.add(name, role)
    token = accounts.link(name)
    assert token
    assert name == accounts.accept(token, HASHED)


def words(page: str) -> str:
    """What a page says: no style, no tags, one blank between words."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def session_of(desk: Desk) -> str:
    """The cookie that says who it is."""
    cookie = desk.client.get_cookie(SESSION_COOKIE, path="/desk")
    assert cookie
    return cookie.value


def same_browser(desk: Desk) -> Desk:
    """Another tab of it, or whoever has its cookie."""
    other = Desk(desk.app, desk.address)
    other.client.set_cookie(SESSION_COOKIE, session_of(desk), path="/desk", domain="localhost", secure=True)
    return other
