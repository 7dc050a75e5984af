"""The front door: the ``hotleads`` command line."""
