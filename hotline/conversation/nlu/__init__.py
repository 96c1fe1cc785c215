"""Reads a person's words: intents, choices, dates, languages, US states."""
