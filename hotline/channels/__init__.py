"""Parse a provider's form into an Event, and render a Turn as the provider's document.

Pure: no I/O, no clock, no settings. Everything specific to Twilio is here and in `carrier`; the
conversation depends on neither.
"""
