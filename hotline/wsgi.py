"""The app object for a WSGI server: `hotline.wsgi:app`.

A server that blocks a thread while a request body arrives needs a buffering proxy in front of it.
`hotline web` serves `hotline.rsgi:app` and does not need one for that.
"""

from hotline.web.app import create_app

app = create_app()
