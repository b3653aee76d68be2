"""Tables that people have in Excel or as CSV, read row by row as text, whoever made them."""
