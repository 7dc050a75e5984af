"""What cannot be judged or tested: apart, so that a command reports it without importing the room."""


class LeakTestError(ValueError):
    """A function that cannot be tested: it fails, or returns no row a lead."""
