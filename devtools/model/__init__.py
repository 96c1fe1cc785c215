"""Train the classifier of parents' texts from `flows/examples`, at build time."""
