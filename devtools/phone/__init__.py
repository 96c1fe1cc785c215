"""A phone in the browser, for trying the hotline without a phone or an account: `/phone` on `make run`.

Rule 1: on a developer's machine only. It listens on the loopback address, refuses requests that another
        page sent, and the service does not know that it is there.
Rule 2: it reads what the service keeps and changes none of it. What it does to the service it does as a
        phone, as the carrier, as the clock, or as bad luck.
Rule 3: it keeps nothing. Which phones stand on a page is in the page's address.
"""
