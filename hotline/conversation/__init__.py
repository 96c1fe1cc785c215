"""Decides what is said next. Pure: no I/O, no clock, no randomness, no settings.

Nothing in this folder imports Flask, Redis, RQ or the Twilio client; ruff and import-linter
refuse it. Time arrives in `Event.at`; names of the place that runs the hotline arrive in the
book. The way through:

    Event -> engine.step.step(book, session, event) -> Turn(session, replies, effects)
"""
