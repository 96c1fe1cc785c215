"""Run the whole service on one machine, to try it out and for tests: `make run`.

Rule 1: it is used only by this folder, the command line and the tests.
Rule 2: settings in the environment are used; the others get defaults (`made_up`).
Rule 3: no process started here outlives its parent (`processes`).
"""
