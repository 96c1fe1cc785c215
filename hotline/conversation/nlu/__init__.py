"""Natural language understanding: intents, choices, dates, languages, US states."""
