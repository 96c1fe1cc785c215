"""Observability of a running service: metric names, traces, and error reports. None contains anything about a parent."""
