"""The acoustic network: its features, its training, and its export as a Vosk model."""
