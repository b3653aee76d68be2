"""The lists of orders: filters, pages, the sheet."""
