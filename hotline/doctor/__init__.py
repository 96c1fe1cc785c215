"""`hotline doctor`: checks everything that a line depends on, and says what to do about each problem.

Rule 1: one line for each check, "ok" or the problem and its fix. The checks of `/status` are the same
        functions (`web.health.CHECKS`); here are only those that a running web cannot or need not do.
Rule 2: it changes nothing, at the carrier or in Redis, and sends no text.
Rule 3: a line contains no secret and no parent's number.
Rule 4: as the release process it fails only for what would break serving: a date, a brief outage of the
        carrier, or a process that has not started yet blocks no deploy.
"""
