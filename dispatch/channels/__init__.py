"""How a notice leaves the house: one file for each kind of other side. None decides whether, when or to whom."""
