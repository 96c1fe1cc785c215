"""Checks the flows before they are published, and shows what they come to."""
