"""Flask app: receives webhooks, returns TwiML, and reports health.

It is the only place that catches every exception: a parent always gets the fallback message.
"""
