"""The ``hotleads`` command line: commands, settings, console, the demo."""
