"""Steps that people take on an order: forms, the one way in, what a refusal gives back."""
