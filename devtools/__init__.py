"""What developers use to try the hotline: a carrier, a phone in the browser, and `make run`.

The service does not use it. Only `hotline.cli` may, inside the command that starts it; import-linter sees to it.
"""
