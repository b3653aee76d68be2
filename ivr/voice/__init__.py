"""What callees hear as sound: recorded pieces and the voice engine, joined to one file."""
