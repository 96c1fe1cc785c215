"""`python -m devtools.phone`: the simulated carrier with its phone page, until SIGTERM or SIGINT.

Environment: the variables of `python -m devtools.twilio_sim`, and all settings of the service, because the
page reads its Redis and flows. Exit codes: those of `devtools.twilio_sim`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from devtools.phone.page import routes
from devtools.phone.sandbox import begin
from devtools.twilio_sim import __main__ as simulator
from hotline import log
from hotline.config.given import SettingsError
from hotline.config.settings import Settings


def main(environment: Mapping[str, str]) -> int:
    """Serve until a signal and return the exit code."""
    try:
        settings = Settings.read(environment)
    except SettingsError as wrong:
        print(f"phone: {wrong}", file=sys.stderr)
        return 2
    log.configure(settings.log_level, "phone", settings.log_format)
    return simulator.main(environment, lambda carrier: routes(begin(settings, carrier)))


if __name__ == "__main__":
    sys.exit(main(os.environ))
