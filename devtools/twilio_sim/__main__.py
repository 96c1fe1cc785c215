"""`python -m devtools.twilio_sim`: run a local carrier until SIGTERM or SIGINT.

Environment: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, HOTLINE_NUMBER and PUBLIC_BASE_URL are required;
SIMULATOR_PORT (8001), TWILIO_API_KEY, TWILIO_API_SECRET and TWILIO_MESSAGING_SERVICE_SID are optional. With the
id of a SignalWire project and its TWILIO_WEBHOOK_KEY, it speaks SignalWire's wire format. SIMULATOR_NEW_NUMBER=yes
leaves the numbers as they are when newly bought, with Twilio's demo as their webhooks. REQUESTS_CA_BUNDLE names a
file with the CA of the line's certificate, if it is not one of the usual CAs.
Exit codes: 0 stopped, 1 the port is taken, 2 the environment is invalid.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint

from devtools.twilio_sim.account import Account
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.server import serve

DEFAULT_PORT = "8001"
DEMO = "https://demo.twilio.com/welcome"
"""The base URL of the webhooks of a newly bought number."""

NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HOTLINE_NUMBER", "PUBLIC_BASE_URL")


def read_account(environment: Mapping[str, str]) -> Account:
    """Return the account that the environment describes. Raises ValueError naming missing variables."""
    if missing := [name for name in NEEDED if not environment.get(name)]:
        raise ValueError(f"the simulator needs {', '.join(missing)} in the environment")
    # A SignalWire project has a signing key.
    is_project = not environment["TWILIO_ACCOUNT_SID"].startswith("AC")
    numbers = [each.strip() for each in environment["HOTLINE_NUMBER"].split(",")]
    base = environment["PUBLIC_BASE_URL"].rstrip("/")
    account = Account(
        account_sid=environment["TWILIO_ACCOUNT_SID"],
        auth_token=environment["TWILIO_AUTH_TOKEN"],
        number=numbers[0],
        others=tuple(numbers[1:]),
        api_key=environment.get("TWILIO_API_KEY", ""),
        api_secret=environment.get("TWILIO_API_SECRET", ""),
        messaging_service_sid=environment.get("TWILIO_MESSAGING_SERVICE_SID", ""),
        signing_key=environment.get("TWILIO_WEBHOOK_KEY", "") if is_project else "",
        trusted_ca=environment.get("REQUESTS_CA_BUNDLE", ""),
    )
    if environment.get("SIMULATOR_NEW_NUMBER") == "yes":
        return replace(account, sms_url=f"{DEMO}/sms/reply", voice_url=f"{DEMO}/voice/")
    return replace(
        account,
        sms_url=f"{base}/sms#rc=3&rp=ct,rt,5xx",
        voice_url=f"{base}/voice#rc=2&rp=ct,5xx&ct=2000&tt=10000",
        voice_status_url=f"{base}/voice/ended#rc=5&rp=all",
        sms_fallback_url=f"{base}/fallback/sms",
        voice_fallback_url=f"{base}/fallback/voice",
    )


def main(environment: Mapping[str, str], page: Callable[[Carrier], Blueprint] | None = None) -> int:
    """Serve a carrier, and its `page` if there is one, until a signal. Return the exit code."""
    port = environment.get("SIMULATOR_PORT") or DEFAULT_PORT
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        carrier = Carrier(read_account(environment))
        serving = serve(carrier, int(port), *([page(carrier)] if page else []))
    except ValueError as wrong:
        print(f"simulator: {wrong}", file=sys.stderr)
        return 2
    except (OSError, OverflowError) as wrong:
        print(f"simulator: cannot listen on port {port}: {wrong}; set SIMULATOR_PORT", file=sys.stderr)
        return 1
    with serving:
        print(
            f"The carrier is at {serving.url}, the hotline's number is {carrier.account.number}", flush=True
        )
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
