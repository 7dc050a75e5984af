"""Commands that keep an installation from being lost: a backup, and an installation again from one."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, report_errors, show_progress
from .hub import DataOption

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def backup(
    data: DataOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write, such as monday.tar.gz.")],
    as_json: JsonOption = False,
) -> None:
    """Write database, history, models and runs into one file, while everything runs.

    The installation key is not in it: keep `secrets.env` and `tombstones` apart.
    """
    from ...hub.site.setup import open_installation

    with report_errors(), show_progress(quiet=as_json) as progress:
        open_installation(data)
        from ...hub.site.backup import make_backup

        manifest = make_backup(out, progress)
    size = out.stat().st_size
    if as_json:
        print(json.dumps({"made_at": manifest["made_at"], "files": len(manifest["files"]), "bytes": size}))
        return
    console.print(f"{len(manifest['files'])} files, {size / 1e6:,.1f} MB in {escape(str(out))}", soft_wrap=True)
    console.print("Keep secrets.env and tombstones apart from it, and in another copy")


def restore(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What `hotleads backup` wrote.")],
    data: DataOption,
    as_json: JsonOption = False,
) -> None:
    """Make the installation of a backup in an empty folder that holds its `secrets.env`, and its `tombstones`.

    Whoever was erased since the backup, by the file `tombstones`, is erased again.
    """
    from ...hub.errors import HubError
    from ...hub.sealing.keys import read_key
    from ...hub.site.setup import configure_hub

    with report_errors(), show_progress(quiet=as_json) as progress:
        data.mkdir(parents=True, exist_ok=True)
        if read_key(data) is None:
            raise HubError(f"there is no key: put the installation's secrets.env into {data}, or set HOTLEADS_HUB_KEY")
        configure_hub(data)
        from ...hub.site.job_kinds import register_kinds
        from ...hub.site.restore import restore_backup

        register_kinds()
        restored = restore_backup(path, progress)
    if as_json:
        print(json.dumps(restored))
        return
    console.print(f"The installation is as it was at {restored['made_at']}; {len(restored['erased'])} people who were "
                  "erased since are erased again")  # fmt: skip
