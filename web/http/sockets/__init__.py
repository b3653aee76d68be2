"""WebSockets: their listeners, how many, how fast."""
