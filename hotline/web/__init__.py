"""The web: receive webhooks and return TwiML, serve the letters and the staff desk, and report health.

A webhook catches every exception, so that a parent always gets at least the fallback message.
"""
