"""Decides a turn: `step.step(book, session, event)`."""
