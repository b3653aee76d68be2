"""Composition, processes and the command line, and the page that says which fact leads to which action."""
