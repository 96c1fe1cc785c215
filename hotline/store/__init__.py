"""Redis: the only place where state changes.

Rule 1: a turn is one compare-and-set commit in Lua; no locks.
Rule 2: everything of one person shares one hash tag, so it works on Redis Cluster.
Rule 3: no number, name or word of a person in a key; a number is kept only sealed, and only while
        there is a text to send or a call to make.
"""
