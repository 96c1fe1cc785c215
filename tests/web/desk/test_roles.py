"""Every route of the desk, requested in each role: served or refused according to the table."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from hotline.store.staff_roles import Role
from hotline.web.desk.roles import ROUTES
from tests.web.desk.visiting import PASSPHRASE, Desk, account

FILLED = {"id": f"{'0' * 32}-{'0' * 12}", "token": "x", "name": "nobody", "version": "1", "month": "2026-11"}
"""Values for the variable parts of a route."""


def test_the_table_has_every_route_of_the_app(desk_app: Flask) -> None:
    found = {
        (method, rule.rule)
        for rule in desk_app.url_map.iter_rules()
        if rule.rule.startswith("/desk")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(ROUTES) == found


SIGNS_OUT = ("/desk/sign-out", "/desk/sign-in")
"""Routes that end the session, or begin another one."""


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_has_the_access_listed(role: Role | None, desk_app: Flask, redis_at_now: Redis) -> None:
    assert 0 == redis_at_now.dbsize()
    account(desk_app, "other", Role.ADMIN)
    if role:
        account(desk_app, "anna", role)
    desk: Desk | None = None
    for (method, rule), needed in ROUTES.items():
        if desk is None:
            desk = Desk(desk_app).signed_in(PASSPHRASE, "anna") if role else Desk(desk_app)
        path = rule
        for name, value in FILLED.items():
            path = path.replace(f"<{name}>", value)
        answer = desk.get(path) if method == "GET" else desk.post(path)
        sent_to_sign_in = (303, "/desk/sign-in") == (answer.status_code, answer.headers.get("Location"))
        allowed = needed is None or (role is not None and role.includes(needed))
        if role is None and needed is not None:
            assert sent_to_sign_in, (method, rule)
            continue
        assert allowed == (answer.status_code != 403), (method, rule, answer.status_code)
        assert answer.status_code < 500, (method, rule)
        assert rule in SIGNS_OUT or not (role and sent_to_sign_in), (method, rule)
        if allowed and needed and method == "POST":
            assert 403 == desk.send(path).status_code if rule not in SIGNS_OUT else True
        if rule in SIGNS_OUT:
            desk = None


def test_a_route_missing_from_the_table_is_refused(
    desk_app: Flask, redis_at_now: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 == redis_at_now.dbsize()
    account(desk_app, "boss", Role.ADMIN)
    boss = Desk(desk_app).signed_in(PASSPHRASE, "boss")
    assert 200 == boss.get("/desk/team").status_code
    monkeypatch.delitem(ROUTES, ("GET", "/desk/team"))
    assert 403 == boss.get("/desk/team").status_code
