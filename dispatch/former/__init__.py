"""Orders of the system that the city had before: read from its tables, checked, taken over as finished orders."""
