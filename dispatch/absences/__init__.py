"""AB posts: the person away, the dates, and the stand-in."""
