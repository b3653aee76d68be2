"""Photos, voice notes and documents on an order."""
