"""Observability of a running service: metric names, traces and error reports. None contains data about a parent."""
