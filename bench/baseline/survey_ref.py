"""The baseline of the benchmark: a minimal but correct six-question SMS survey.

It verifies signatures, is idempotent by MessageSid, and serializes turns per number by compare-and-set in two round
trips, with Flask, Twilio's validator and redis-py. It has no languages, voice, consent, follow-ups, privacy, or global
commands. It is served by granian like the hotline, in the same run: see ../measure.py.
"""

import hashlib
import json
import os
from xml.sax.saxutils import escape

import redis
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

QUESTIONS = [
    ("What is your full name?", str),
    ("Are you more than 21 years old? Reply 1 for yes and 0 for no.", lambda s: {"1": 1, "0": 0}[s]),
    ("In a scale of 1-10, how would you rate Python?", int),
    ("Name a Python based framework you know about.", str),
    ("How many people live in your household?", int),
    ("What is your ZIP code?", lambda s: int(s) and s),
]
LOAD = """
local r = redis.call('GET', KEYS[2]) if r then return {1, r} end
return {0, redis.call('GET', KEYS[1])}
"""
SAVE = """
local r = redis.call('GET', KEYS[2]) if r then return {1, r} end
local s = redis.call('GET', KEYS[1]) local v = '0' if s then v = string.match(s, '^(%d+)|') end
if v ~= ARGV[1] then return {2, s} end
redis.call('SET', KEYS[1], ARGV[2], 'EX', 86400) redis.call('SET', KEYS[2], ARGV[3], 'EX', 86400)
return {0, ''}
"""
HEAD, TAIL = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>', "</Message></Response>"

app = Flask(__name__)
validator = RequestValidator(os.environ.get("TWILIO_AUTH_TOKEN", "12345"))
client = redis.Redis.from_url(os.environ["REDIS_URL"])


def step(session, body):
    """Return the new session and the reply. `session` is None at first; pure."""
    if session is None or session["i"] >= len(QUESTIONS):
        return {"i": 0, "a": []}, "Welcome to the survey. " + QUESTIONS[0][0]
    i = session["i"]
    try:
        answer = QUESTIONS[i][1](body.strip())
    except (ValueError, KeyError):
        return session, "Sorry, I did not understand. " + QUESTIONS[i][0]
    session = {"i": i + 1, "a": session["a"] + [answer]}
    done = i + 1 == len(QUESTIONS)
    return session, "Thank you for answering our survey. Good bye!" if done else QUESTIONS[i + 1][0]


def evalsha(script, keys, args):
    """Run a script by hash, or by text if Redis does not have it."""
    try:
        return client.evalsha(hashlib.sha1(script.encode()).hexdigest(), len(keys), *keys, *args)
    except redis.exceptions.NoScriptError:
        return client.eval(script, len(keys), *keys, *args)


def turn(sender, sid, body):
    keys = ("s:" + sender, "m:" + sid)
    status, raw = evalsha(LOAD, keys, ())
    if status == 1:
        return raw.decode()
    for _ in range(20):
        version, session = b"0", None
        if raw:
            version, _, kept = raw.partition(b"|")
            session = json.loads(kept)
        session, reply = step(session, body)
        document = HEAD + escape(reply) + TAIL
        saved = b"%d|%s" % (int(version) + 1, json.dumps(session, separators=(",", ":")).encode())
        status, raw = evalsha(SAVE, keys, (version, saved, document))
        if status == 0:
            return document
        if status == 1:
            return raw.decode()
    raise RuntimeError("conflict")


@app.post("/sms")
def sms():
    form = request.form
    if not validator.validate(request.url, form, request.headers.get("X-Twilio-Signature", "")):
        return Response("forged", 403)
    return Response(turn(form["From"], form["MessageSid"], form["Body"]), mimetype="text/xml")
