"""What is wrong with the exchange: its configuration, and whether the running Asterisk took it."""
