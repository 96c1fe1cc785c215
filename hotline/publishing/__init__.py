"""Load, validate and publish the flows, letters and pages in `flows/`."""
