"""What is wrong with a history, as findings with codes."""
