"""The other baseline of the benchmark: a Flask view that reads the form and returns a constant document.

It checks no signature and stores nothing, so it measures what Flask and the server cost by themselves.
"""

from flask import Flask, Response, request

TWIML = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Thank you. Question 2: how many people are in your '
    "household?</Message></Response>"
)

app = Flask(__name__)


@app.post("/sms")
def sms():
    """Answer a text."""
    return Response(TWIML, mimetype="text/xml") if request.form["From"] else Response(status=400)
