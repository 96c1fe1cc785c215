"""A phone in the browser for trying the hotline without a phone or an account: `/phone` on `make run`.

Rule 1: it is for a developer's machine only. It listens on the loopback address and refuses requests from
        other pages, and the service does not know about it.
Rule 2: it reads the service's data but never changes it. It affects the service only as a phone or as the
        carrier, through the clock, or by simulating failures.
Rule 3: it stores nothing. The phones on a page are listed in the page's URL.
"""
