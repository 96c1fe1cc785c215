"""The conversation engine: decides what to say next.

It is pure: no I/O, no clock, no randomness, no settings. Nothing in this folder imports Flask, Redis, RQ or
the Twilio client; ruff and import-linter enforce that. The time comes from `Event.at`; the names of the
center that runs the hotline come from the book. The flow:

    Event -> engine.step.step(book, session, event) -> Turn(session, replies, effects)
"""
