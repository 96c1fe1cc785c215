"""Redis storage, the only place where state changes.

Rule 1: a turn is one compare-and-set commit in Lua; there are no locks.
Rule 2: all keys of one person share a hash tag, as Redis Cluster requires.
Rule 3: no key contains a person's number, name or text; a number is stored only sealed (encrypted), and
        only while there is a text to send or a call to make.
"""
