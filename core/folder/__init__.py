"""The city's folder as files: TOML and CSV that people edit, read so that every mistake names file, line and mend."""
