"""The values a turn works with: events, sessions, replies, effects."""
