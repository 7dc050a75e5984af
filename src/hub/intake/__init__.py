"""What comes in: files that somebody brings, looked at as a whole before anything of them is written."""
