"""What goes out: pages, errors, headers, the description of the API."""
