"""Backups of the whole installation: made, copied once, brought back."""
