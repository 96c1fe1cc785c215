"""The app object for granian: `hotline.rsgi:app`, which is what `hotline web` serves."""

from hotline.web.app import create_app
from hotline.web.rsgi import Served

app = Served(create_app())
