"""``python -m hotleads``: the command line."""

from .cli.main import app

app(prog_name="hotleads")
