"""Check the flows before they are published, and report statistics about them."""
