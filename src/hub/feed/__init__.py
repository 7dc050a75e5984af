"""Between the rows of the hub and the columnar history: parts out, a history of them, scores back."""
