"""Names of SIP accounts that the program itself uses. Pure."""

WATCH_ACCOUNT = "watch"
"""Rings the line as a citizen would, to hear whether it is answered (hotline/monitoring/watch.py)."""
