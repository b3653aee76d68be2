"""What is measured with calls through a real Asterisk: rates, delays, gaps, the screen pop."""
