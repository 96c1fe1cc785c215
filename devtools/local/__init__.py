"""The whole service on one machine, for trying it and for the tests: `make run`.

Rule 1: nothing outside this folder, the command line and the tests uses it.
Rule 2: whatever the environment sets is used; the rest is made up (`made_up`).
Rule 3: nothing that was started here outlives the one who started it (`processes`).
"""
