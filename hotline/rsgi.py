"""The app object for granian, `hotline.rsgi:app`, served by `hotline web`."""

from hotline.web.app import create_app
from hotline.web.rsgi import Served

app = Served(create_app())
