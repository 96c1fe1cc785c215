"""`python -m devtools.twilio_sim`: run a local carrier until SIGTERM or SIGINT.

Environment: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, HOTLINE_NUMBER and PUBLIC_BASE_URL are required;
SIMULATOR_PORT (8001), TWILIO_API_KEY, TWILIO_API_SECRET and TWILIO_MESSAGING_SERVICE_SID are optional.
Exit codes: 0 stopped, 1 the port is taken, 2 the environment is invalid.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping

from devtools.twilio_sim.account import Account
from devtools.twilio_sim.carrier import Carrier
from devtools.twilio_sim.server import serve

DEFAULT_PORT = "8001"
NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HOTLINE_NUMBER", "PUBLIC_BASE_URL")


def read_account(environment: Mapping[str, str]) -> Account:
    """Return the account that the environment describes. Raises ValueError naming missing variables."""
    if missing := [name for name in NEEDED if not environment.get(name)]:
        raise ValueError(f"the simulator needs {', '.join(missing)}; set in the environment")
    base = environment["PUBLIC_BASE_URL"].rstrip("/")
    return Account(
        account_sid=environment["TWILIO_ACCOUNT_SID"],
        auth_token=environment["TWILIO_AUTH_TOKEN"],
        number=environment["HOTLINE_NUMBER"],
        sms_url=f"{base}/sms",
        voice_url=f"{base}/voice",
        voice_status_url=f"{base}/voice/ended",
        sms_fallback_url=f"{base}/fallback/sms",
        voice_fallback_url=f"{base}/fallback/voice",
        api_key=environment.get("TWILIO_API_KEY", ""),
        api_secret=environment.get("TWILIO_API_SECRET", ""),
        messaging_service_sid=environment.get("TWILIO_MESSAGING_SERVICE_SID", ""),
    )


def main(environment: Mapping[str, str]) -> int:
    """Serve until a signal and return the exit code."""
    port = environment.get("SIMULATOR_PORT") or DEFAULT_PORT
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        account = read_account(environment)
        serving = serve(Carrier(account), int(port))
    except ValueError as wrong:
        print(f"simulator: {wrong}", file=sys.stderr)
        return 2
    except (OSError, OverflowError) as wrong:
        print(f"simulator: cannot listen on port {port}: {wrong}; set SIMULATOR_PORT", file=sys.stderr)
        return 1
    with serving:
        print(f"The carrier is at {serving.url}, the hotline's number is {account.number}", flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
