"""The scoring service: the champion behind HTTP."""
