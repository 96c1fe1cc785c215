"""Reads the settings, and the types of their values."""
