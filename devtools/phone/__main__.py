"""`python -m devtools.phone`: the simulated carrier with its phone page, until SIGTERM or SIGINT.

Environment: the variables of `python -m devtools.twilio_sim`, and all settings of the service, because the
page reads its Redis and flows. Exit codes: 0 stopped, 1 the port is taken, 2 the environment is invalid.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping

from devtools.phone.page import routes
from devtools.phone.sandbox import begin
from devtools.twilio_sim import Carrier, serve
from devtools.twilio_sim.__main__ import DEFAULT_PORT, read_account
from hotline import log
from hotline.config.settings import Settings, SettingsError


def main(environment: Mapping[str, str]) -> int:
    """Serve until a signal and return the exit code."""
    port = environment.get("SIMULATOR_PORT") or DEFAULT_PORT
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        settings = Settings.read(environment)
        carrier = Carrier(read_account(environment))
        log.configure(settings.log_level, "phone", settings.log_format)
        serving = serve(carrier, int(port), routes(begin(settings, carrier)))
    except (SettingsError, ValueError) as wrong:
        print(f"phone: {wrong}", file=sys.stderr)
        return 2
    except (OSError, OverflowError) as wrong:
        print(f"phone: cannot listen on port {port}: {wrong}; set SIMULATOR_PORT", file=sys.stderr)
        return 1
    with serving:
        print(
            f"The phone is at {serving.url}/phone, the hotline's number is {carrier.account.number}",
            flush=True,
        )
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
