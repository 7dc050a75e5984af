"""The command that starts the scoring service."""

import ipaddress
import os
import sys
from typing import Annotated

import typer

from ..console import errors, told_errors


def serve(
    model: Annotated[str | None, typer.Option(help="Model folder or MLflow URI (default: the champion).")] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need HOTLEADS_SERVING_KEYS.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer; each holds the model.")] = 1,
) -> None:
    """Answer scoring requests over HTTP, with the champion as it is promoted."""
    if model is not None:
        os.environ["HOTLEADS_SERVING_MODEL"] = model
    os.environ["HOTLEADS_SERVING_WORKERS"] = str(workers)
    from ...serving.model_watcher import check_model
    from ...serving.settings import ServingSettings

    settings = ServingSettings()
    with told_errors():
        check_model(settings.model)
    if not _is_loopback(host) and not settings.key_list and not settings.open_to_others:
        errors.print(
            f"[bold red]error:[/] {host} can be reached by other machines: set HOTLEADS_SERVING_KEYS to the "
            "keys that may ask (or to off, to let anybody ask)",
            soft_wrap=True,
        )
        raise typer.Exit(1)
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
    os.execv(sys.executable, command)  # noqa: S606 - nothing of it is a shell's


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
