"""原系统: an administrator brings the orders of the system that the city had before."""
