"""What is covered in the texts of an order, and who reads their own words as typed."""
