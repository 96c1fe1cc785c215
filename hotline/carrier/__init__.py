"""Twilio's REST, from our side: sending, looking up what was sent, and what its errors mean."""
