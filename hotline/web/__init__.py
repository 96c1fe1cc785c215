"""Flask: webhooks in, TwiML out, health. The only place where every exception is caught: a parent
gets the safe words, whatever happens.
"""
