"""Development tools for the hotline: a simulated carrier, a phone in the browser, and `make run`.

The service must not import them, except `hotline.cli` inside the command that starts them. import-linter checks this.
"""
