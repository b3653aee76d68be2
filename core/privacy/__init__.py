"""What in a text names a citizen, in whatever spelling, and how it is covered."""
