"""WebSockets: who listens, how many, how fast."""
