"""The app object for a WSGI server: `hotline.wsgi:app`. One that gives a thread to a body which is still on its way needs a
proxy before it that takes requests in whole; `hotline web` serves `hotline.rsgi:app`, and needs none for that.
"""

from hotline.web.app import create_app

app = create_app()
