"""The command that starts the scoring service."""

import ipaddress
import os
import sys
from typing import Annotated

import typer

from ..console import error_console, report_errors
from .options import ModelOption


def serve(
    model: ModelOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but loopback needs HOTLEADS_SERVING_KEYS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes; each holds the model.")] = 1,
) -> None:
    """Serve scores over HTTP, always with the present champion, and the interface's page at /docs.

    Where HOTLEADS_HUB_DATABASE is set the hub's pages stand beside the scoring routes.
    """
    if model is not None:
        os.environ["HOTLEADS_SERVING_MODEL"] = model
    os.environ["HOTLEADS_SERVING_WORKERS"] = str(workers)
    from ...serving.settings import ServingSettings

    settings = ServingSettings()
    if not _is_loopback(host) and not settings.key_list and not settings.allows_anonymous:
        error_console.print(
            f"[bold red]error:[/] other machines can reach {host}: set HOTLEADS_SERVING_KEYS to the "
            "keys that clients must send, or to off for no keys",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    if os.environ.get("HOTLEADS_HUB_DATABASE"):
        from ...hub.site.setup import open_installation

        with report_errors():
            open_installation()
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    command = [
        sys.executable,
        "-m",
        "bentoml",
        "serve",
        "hotleads.serving.service:HotLeads",
        "--host",
        host,
        "--port",
        str(port),
    ]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is involved


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
