"""What comes in: files, looked at as a whole before anything is written, and what arrives over HTTP."""
