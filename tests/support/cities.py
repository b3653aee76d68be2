"""Folders of cities: the sample, and a tiny one that stands for any city."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy/city/qufu"
TINY = ROOT / "tests/cities/qinghe"
