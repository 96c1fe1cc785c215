"""The app object for a WSGI server: `hotline.wsgi:app`."""

from hotline.web.app import create_app

app = create_app()
