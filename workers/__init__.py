"""Background work: the clock enqueues due records, the worker processes them.

`workers` is a top-level package next to `hotline` because it runs as its own program and the project's
client asked for a folder with this name.

Rule 1: a job may run twice and carries only ids, never message text. The record in the store is the truth.
Rule 2: one queue per worker. With several, RQ pops in a way that loses a job if its worker dies.
Rule 3: RQ's own scheduler and retries are not used; the due set hands out unfinished work again.
"""
