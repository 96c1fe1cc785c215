"""`python -m devtools.twilio_sim` as a program."""

import os
import re
import signal
import subprocess
import sys

import pytest
from twilio.rest import Client

from devtools.twilio_sim import Phone, Serving
from devtools.twilio_sim.__main__ import read_account
from tests.devtools.twilio_sim.application import SID, Application


def start(**environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO", "SIMULATOR"))}
    return subprocess.Popen(
        [sys.executable, "-m", "devtools.twilio_sim"],
        env=kept | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def environment(url: str) -> dict[str, str]:
    return {
        "SIMULATOR_PORT": "0",
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": "the token of the tests",
        "HOTLINE_NUMBER": "+16175550100",
        "PUBLIC_BASE_URL": url,
    }


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(application: Application, how: signal.Signals) -> None:
    application.says("/sms", "<Message>Hi</Message>")
    process = start(**environment(application.url))
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = re.findall(r"http://127\.0\.0\.1:\d+", said)[0]
        assert [bubble.body for bubble in Phone(url, "+12025550123").text("hello")] == ["Hi"]
        client = Client(SID, "the token of the tests")
        client.api.base_url = url
        assert len(client.messages.list()) == 2
        process.send_signal(how)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_a_missing_setting_is_named() -> None:
    process = start(TWILIO_ACCOUNT_SID=SID)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "TWILIO_AUTH_TOKEN, HOTLINE_NUMBER, PUBLIC_BASE_URL" in said


def test_a_taken_port_is_reported(serving: Serving) -> None:
    port = serving.url.rpartition(":")[2]
    process = start(**{**environment("http://127.0.0.1:8000"), "SIMULATOR_PORT": port})
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"port {port}" in said
    assert "SIMULATOR_PORT" in said


def test_an_invalid_port_is_reported() -> None:
    process = start(**{**environment("http://127.0.0.1:8000"), "SIMULATOR_PORT": "x"})
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "'x'" in said
    assert "Traceback" not in said


def test_the_webhooks_follow_from_the_public_url() -> None:
    account = read_account(environment("https://hotline.example/"))
    assert (
        account.sms_url,
        account.voice_url,
        account.voice_status_url,
        account.sms_fallback_url,
        account.voice_fallback_url,
    ) == (
        "https://hotline.example/sms#rc=3&rp=ct,rt,5xx",
        "https://hotline.example/voice#rc=2&rp=ct,5xx&ct=2000&tt=10000",
        "https://hotline.example/voice/ended#rc=5&rp=all",
        "https://hotline.example/fallback/sms",
        "https://hotline.example/fallback/voice",
    )


def test_a_new_number_has_twilios_demo_settings() -> None:
    account = read_account(
        {
            **environment("https://hotline.example"),
            "SIMULATOR_NEW_NUMBER": "yes",
            "REQUESTS_CA_BUNDLE": "/ca.pem",
        }
    )
    assert (
        "https://demo.twilio.com/welcome/sms/reply",
        "https://demo.twilio.com/welcome/voice/",
        "",
        "",
        "",
        "/ca.pem",
    ) == (
        account.sms_url,
        account.voice_url,
        account.voice_status_url,
        account.sms_fallback_url,
        account.voice_fallback_url,
        account.trusted_ca,
    )
