"""An order and others: merged by choosing the other one, divided into several at once."""
