"""Computes a turn: `step.step(book, session, event)`."""
