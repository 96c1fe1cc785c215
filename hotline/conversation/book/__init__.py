"""The flow content: states, transitions between them, and texts."""
