"""`hotline connect`: sets the webhooks of the line's numbers at the carrier, and lists what a person must still do there.

Rule 1: it reads first and shows each change. It changes nothing before a yes (or `--yes`).
Rule 2: run again it changes nothing. What is right is not written again.
Rule 3: it sets only what `channels.addresses` wants, and adds our numbers to our own Messaging Service. Nothing is bought,
        registered or removed: a SIP trunk or a TwiML app, which the carrier asks in place of the webhooks, is for a person
        to take away.
"""
