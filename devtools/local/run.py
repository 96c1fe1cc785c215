"""`make run`: the whole service on this machine, until Ctrl-C or SIGTERM.

Startup:
1. Fill in missing settings and validate all settings.
2. Check that the ports are free.
3. Start Redis, unless REDIS_URL is set, and wait until it answers.
4. Start the carrier (the simulator with its phone page, unless TWILIO_API_BASE_URL is set), web, worker and
   clock.
5. Wait until the service answers, and print its addresses.
Shutdown runs in reverse: first the service, then the carrier, then Redis.
"""

from __future__ import annotations

import http.client
import os
import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from devtools.local.embedded import NoServer, Server, answers, claimed
from devtools.local.made_up import DESK_PASSWORD, complete, write_settings
from devtools.local.processes import EndedAtStart, Program, Supervisor
from hotline.clock import moved_by
from hotline.config.given import SettingsError, is_given
from hotline.config.ports import CannotStart, need_free_port
from hotline.config.setting_types import whole_number
from hotline.config.settings import Settings
from hotline.store.connection import StoreBusy, connect
from hotline.store.staff_accounts import Accounts

OWN_FOLDER = Path(__file__).resolve().parent.parent.parent / "var"
"""The data folder, which persists between runs."""

START_BOUND_SECONDS = 300.0
"""A program that ends is noticed at once; one that starts slowly, on an old or busy machine, is waited for."""

SETTINGS = "settings"
"""The file in the data folder for `hotline --settings`."""

REDIS, CARRIER, SERVICE = 0, 1, 2
"""The stages: each needs the previous ones and is stopped before them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `simulator_port` is None if the environment names another carrier."""

    environ: Mapping[str, str]
    settings: Settings
    own_redis: bool
    simulator_port: int | None
    folder: Path


def run(environ: Mapping[str, str], folder: Path = OWN_FOLDER) -> int:
    """Run everything until a stop signal. Return the exit code: 0 if stopped, 1 if it could not start.

    `folder` is for the data. Raises SettingsError if a setting in the environment is invalid.
    """
    began = time.monotonic()
    plan = _plan(environ, folder)
    try:
        _need_free_ports(plan)
        with ExitStack() as stack:
            server = stack.enter_context(claimed(folder)) if plan.own_redis else None
            supervisor = stack.enter_context(Supervisor(sys.stdout.buffer))
            _start(plan, server, supervisor, end=began + START_BOUND_SECONDS)
            if not supervisor.asked_to_stop:
                redis_url = server.url if server else plan.settings.redis_url
                write_settings(folder / SETTINGS, environ, plan.environ, redis_url)
                _print_summary(plan, redis_url, took=time.monotonic() - began)
            supervisor.watch(lambda: False)
    except (CannotStart, EndedAtStart, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def is_up(port: int) -> bool:
    """Check whether the service on this port of this machine reports that it is healthy."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _plan(environ: Mapping[str, str], folder: Path) -> Plan:
    full = complete(environ, folder)
    own_redis = not is_given(environ, "REDIS_URL")
    to_check = {**full, "REDIS_URL": "unix:///not/started/yet"} if own_redis else full
    simulator_port = None
    if not is_given(environ, "TWILIO_API_BASE_URL"):
        try:
            simulator_port = whole_number(65535)(full["SIMULATOR_PORT"])
        except ValueError as right:
            raise SettingsError((f"SIMULATOR_PORT is {full['SIMULATOR_PORT']!r}; it {right}",)) from None
    return Plan(full, Settings.read(to_check), own_redis, simulator_port, folder)


def _need_free_ports(plan: Plan) -> None:
    need_free_port("PORT", plan.settings.host, plan.settings.port)
    if plan.simulator_port is not None:
        need_free_port("SIMULATOR_PORT", "127.0.0.1", plan.simulator_port)


def _start(plan: Plan, server: Server | None, supervisor: Supervisor, end: float) -> None:
    """Start all programs in order. Return when the service answers or a stop signal arrives."""
    environ = {**plan.environ, "PYTHONUNBUFFERED": "1"}
    if server:
        supervisor.start(Program("redis", server.command, os.environ, REDIS, inherits=(server.lock,)))
        environ["REDIS_URL"] = server.url
        try:
            with redis.Redis.from_url(server.url) as client:
                supervisor.watch(lambda: answers(client) or time.monotonic() > end, restart=False)
        except EndedAtStart:
            raise CannotStart(server.not_started) from None
    if plan.simulator_port is not None:
        supervisor.start(_simulator(plan.settings, environ))
    for name in ("web", "worker", "clock"):
        supervisor.start(Program(name, (sys.executable, "-m", "hotline", name), environ, SERVICE))
    port = plan.settings.port
    supervisor.watch(lambda: is_up(port) or time.monotonic() > end, restart=False)
    if not supervisor.asked_to_stop and not is_up(port):
        raise CannotStart(
            f"the service did not answer within {START_BOUND_SECONDS:g} seconds; is this machine very busy? Its output is above"
        )


def _simulator(settings: Settings, environ: Mapping[str, str]) -> Program:
    """Return the simulator program, with the phone page, passing on setting values read from files."""
    given = {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_WEBHOOK_KEY": ",".join(settings.twilio_webhook_keys[:1]),
        "TWILIO_API_KEY": settings.twilio_api_key,
        "TWILIO_API_SECRET": settings.twilio_api_secret,
        "TWILIO_MESSAGING_SERVICE_SID": settings.twilio_messaging_service_sid,
        "HOTLINE_NUMBER": ",".join(settings.hotline_numbers),
        "PUBLIC_BASE_URL": settings.public_base_url,
    }
    others = {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in given}
    return Program("carrier", (sys.executable, "-m", "devtools.phone"), {**others, **given}, CARRIER)


def _print_summary(plan: Plan, redis_url: str, took: float) -> None:
    settings = plan.settings
    own = str(Path(sys.executable).with_name("hotline"))  # `make run` does not put it on PATH
    program = "hotline" if shutil.which("hotline") == own else shlex.quote(own)
    command = f"{program} --settings {shlex.quote(str(plan.folder / SETTINGS))}"
    lines = [
        f"{settings.hotline_name} is up after {took:.1f} s.",
        f"  service   {settings.public_base_url}",
        f"  number    {settings.sender}",
    ]
    if plan.simulator_port is None:
        lines.append(f"  carrier   {settings.twilio_api_base_url}")
    else:
        lines.append(
            f"  carrier   http://127.0.0.1:{plan.simulator_port} (a simulator: no text leaves this machine)"
        )
        lines.append(f"  phone     http://127.0.0.1:{plan.simulator_port}/phone (open it in a browser)")
    accounts = _has_accounts(redis_url)
    if settings.desk_password or accounts:
        shown = settings.desk_password == DESK_PASSWORD and not accounts
        given = f" (password: {DESK_PASSWORD})" if shown else ""
        lines.append(f"  desk      {settings.public_base_url}/desk{given}")
        lines.append(f"  accounts  {command} staff add NAME")
    if plan.own_redis:
        lines.append(f"  data      {plan.folder} (persists between runs; remove the folder to start over)")
    if settings.clock_file and (moved := moved_by(settings.clock_file)):
        lines.append(f"  clock     shifted by {moved}; remove {settings.clock_file} to reset it")
    if plan.simulator_port is not None:
        lines.append("Open the phone, or run `make text` or `make call` in another terminal.")
    lines.append("Ctrl-C stops everything.")
    print("\n".join(lines), flush=True)


def _has_accounts(redis_url: str) -> bool:
    """Check whether the staff have accounts, which end the desk's password; false if Redis does not answer."""
    with connect(redis_url) as client, suppress(StoreBusy):
        return Accounts(client).any()
    return False
