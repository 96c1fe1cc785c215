"""What a running service shows of itself: metrics by name, traces, and error reports. None holds anything of a parent."""
