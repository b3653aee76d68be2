"""How a notification is sent: one file for each kind of receiver. None decides whether, when or to whom."""
