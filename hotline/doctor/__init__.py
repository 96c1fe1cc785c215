"""`hotline doctor`: check everything that the hotline depends on, and report each problem with its fix.

Rule 1: one line for each check, "ok" or the problem and its fix. The checks of `/status` are the same
        functions (`web.checks.CHECKS`); this package adds those that a running web cannot or need not do.
Rule 2: it changes nothing, at the carrier or in Redis, and sends no text.
Rule 3: a line contains no secret and no parent's number.
Rule 4: in the release phase it fails only for what would break serving: a review date, a brief outage of the
        carrier, or a process that has not started yet blocks no deploy.
"""
