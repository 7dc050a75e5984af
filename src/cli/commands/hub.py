"""Commands of the hub's installation: its tables, and what runs on them."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..console import console, report_errors

DataOption = Annotated[
    Path, typer.Option("--data", envvar="HOTLEADS_DATA", help="Folder of the installation.", show_envvar=False)
]


_DEMO_OWNER = "owner@example.com"


def work(
    data: DataOption,
    drain: Annotated[
        bool, typer.Option("--drain", help="End when no job is due, instead of waiting for more.")
    ] = False,
) -> None:
    """Run the hub's jobs until stopped: each in a process of its own, what arrives never behind what takes long."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.site.work import run_worker

        run_worker(drain=drain)


def migrate(data: DataOption) -> None:
    """Make or update the hub's tables; a new installation gets its key, which must be kept with every backup."""
    from ...hub.site.setup import create_installation

    with report_errors():
        applied = create_installation(data)
    console.print(f"{len(applied)} migrations applied" if applied else "The tables are up to date")


def up(
    data: DataOption,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of this machine for the pages.")] = 3000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill a new folder with an invented business, to look at.")
    ] = False,
) -> None:
    """Run the whole hub on this machine until stopped; DIR becomes an installation where it is none yet."""
    from ...hub.site.up import Processes, run_installation

    command = sys.argv[0] if Path(sys.argv[0]).name == "hotleads" else "hotleads"

    def announce(processes: Processes) -> None:
        if demo and not processes.has_users():
            console.print("The owner of the demo chooses a password here; the link works once, for a day:")
            console.print(processes.make_owner_link(_DEMO_OWNER), soft_wrap=True, highlight=False)
        elif not processes.has_users():
            console.print(
                "Nobody can sign in yet. In another terminal, with your address: "
                f"{command} users add you@example.com --role owner --data {data}",
                soft_wrap=True,
                highlight=False,
            )
        console.print(f"ready: {processes.address} (stop with Ctrl-C)", soft_wrap=True, highlight=False)

    with report_errors():
        run_installation(data, port, announce, is_demo=demo)


users = typer.Typer(no_args_is_help=True, help="The people who use the hub.")


class _Role(StrEnum):
    owner = "owner"
    marketer = "marketer"
    seller = "seller"
    viewer = "viewer"


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="The address that they sign in with.")],
    data: DataOption,
    role: Annotated[_Role, typer.Option(help="What they may do.")] = _Role.viewer,
    as_json: Annotated[bool, typer.Option("--json", help="Print the id and the link as JSON.")] = False,
) -> None:
    """Add somebody, and print the link at which they set a password: it works once, for a day.

    For somebody who is there already a new link is made, and their role stays.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.web.accounts import add_or_invite

        user, link = add_or_invite(email, role.value)
    if as_json:
        print(json.dumps({"id": user.pk, "email": user.email, "role": user.role, "link": link}))
        return
    console.print(f"{user.role} {user.pk}. The link works once, for a day; they choose a password and a second factor:")
    console.print(link, soft_wrap=True, highlight=False)


@users.command("list")
def list_users(data: DataOption) -> None:
    """Print everybody who may sign in, as JSON: id, e-mail, role."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.models import User

        print(json.dumps(list(User.objects.filter(is_active=True).order_by("pk").values("id", "email", "role"))))
