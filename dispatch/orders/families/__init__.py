"""Families of orders: orders that were merged or split, their followers, and how two families become one."""
