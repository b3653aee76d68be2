"""Handlers, grouped by what they show; each module ends with its table of routes."""
