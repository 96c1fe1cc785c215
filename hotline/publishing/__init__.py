"""Turns the words in `flows/` into a checked Book. Pure but for reading those files."""
