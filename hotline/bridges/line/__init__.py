"""What the line needs of orders, and orders of the line."""
