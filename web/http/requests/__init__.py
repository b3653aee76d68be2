"""What comes in: addresses, origin, bodies, refusals."""
