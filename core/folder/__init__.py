"""The city's folder as files: TOML and CSV that people edit. Every mistake is named with file, line and correction."""
