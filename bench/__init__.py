"""Measurements of the running parts as ratios against a floor: `python -m bench`, or `make bench`."""
