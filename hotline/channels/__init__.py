"""Reads a provider's form into an Event, and writes a Turn as the provider's document.

Pure: no I/O, no clock, no settings. Everything that is Twilio's on the way in and out stands here
and in `carrier`; the conversation knows neither.
"""
