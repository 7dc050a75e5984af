"""What Segment's libraries send, made into captures, purchases and events."""
