"""Holds and reads the content: states, where they lead, and texts."""
