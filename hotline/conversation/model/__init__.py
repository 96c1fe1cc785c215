"""The values that go in and come out: events, replies, sessions, segments."""
