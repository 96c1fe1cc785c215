"""Twilio's REST API: sending, line look-ups, finding sent texts, erasing, and what errors mean."""
