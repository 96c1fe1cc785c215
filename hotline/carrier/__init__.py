"""Twilio's REST, from our side: sending, looking up numbers and what was sent, erasing, and what errors mean."""
