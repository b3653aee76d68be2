"""Chinese text: its normal form, the search index, its sounds, and files and lines that people write."""
