"""What the recordings need of orders and calls, and orders of what was recorded."""
