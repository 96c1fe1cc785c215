"""Train the reader of parents' texts from `flows/examples`, at build time."""
