"""The app object for a WSGI server: `hotline.wsgi:app`.

Reads the settings and sets up logging for the process that imports it.
"""

import os

from hotline import log
from hotline.settings import Settings
from hotline.web.app import create_app

_settings = Settings.read(os.environ)
log.configure(_settings.log_level, "web")
app = create_app(_settings)
