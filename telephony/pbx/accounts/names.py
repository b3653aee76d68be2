"""Names of SIP accounts that the program itself uses. Pure."""

PROBE_ACCOUNT = "probe"
"""Rings the line as a citizen would, to hear whether it is answered (hotline/monitoring/probe.py)."""
