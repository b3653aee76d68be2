"""Charts as SVG, made on the server from the rows of the table that stands beside them (decision 0042)."""
