"""Background work: the clock hands out what is due, a worker does it.

It stands beside `hotline` and holds its code itself: it is its own program, and whoever ordered this
project asked for a folder `workers`. A thin folder that passes on to another would only be one more to open.

Rule 1: a job may run twice, and carries ids, never words. The record in the store is the truth.
Rule 2: one queue a worker. With several, RQ pops in a way that loses a job whose worker dies.
Rule 3: RQ's own scheduler and retries are not used; the due set hands out again what is not done.
"""
