"""`hotline doctor`: looks at everything that a line stands on, and says of each whether it is well and what to do.

Rule 1: one line for each thing, "well" or what is wrong and its cure. What `/status` checks is checked by the same
        functions (`web.health.CHECKS`); here is only what a running web can't or needn't look at.
Rule 2: nothing is changed, at the carrier or in Redis, and no text is sent.
Rule 3: no secret and no number of a parent is in a line.
Rule 4: as the release process it fails only for what would break serving: a date, a carrier that is away for a minute
        or a process that has not started yet blocks no deploy.
"""
