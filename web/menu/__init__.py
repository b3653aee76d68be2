"""The figures beside the entries of the bar: what waits there for whoever looks."""
