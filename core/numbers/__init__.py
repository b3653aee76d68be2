"""Telephone numbers: read in all spellings, and which may be dialled."""
