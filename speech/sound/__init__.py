"""Spoken sentences: synthesised voices, trimmed and levelled, made to sound like a telephone line."""
