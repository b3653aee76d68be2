"""The sections of the settings (core.settings), one for the rooms that read it."""
