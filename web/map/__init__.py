"""The county's map: one file of the city's own, and what is shown on it (decision 0042)."""
