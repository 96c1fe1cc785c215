"""`hotline connect`: set the webhooks of the line's numbers at the carrier, and list the manual steps.

Rule 1: it reads first and shows each change. It changes nothing without confirmation (or `--yes`).
Rule 2: it is idempotent: correct values are not written again.
Rule 3: it sets only the webhooks that `channels.addresses` defines, and adds our numbers to our own Messaging
        Service. It buys, registers and removes nothing: a person must remove a SIP trunk or TwiML app that the
        carrier would use instead of the webhooks.
"""
