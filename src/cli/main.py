"""The application: every command under its name."""

from typing import Annotated

import typer

from .commands import (
    checks,
    data,
    hub,
    hub_backup,
    hub_connections,
    hub_credentials,
    hub_data,
    hub_files,
    hub_privacy,
    hub_pulls,
    judge,
    models,
    monitoring,
    scores,
    serving,
    settings,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # a traceback must not print people's data
    help="""Score leads by how likely they are to buy, from what people really bought.

    A *history* is a folder with `leads`, `purchases`, `events` and `launches` as CSV, gzip CSV or Parquet.
    Start with `hotleads demo`, then `hotleads backtest DIR --out DIR` on your own.""",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        print(f"hotleads {__version__}")
        raise typer.Exit


@app.callback()
def _read_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Leave the general help to the application."""


app.command("import")(data.import_command)
app.command("check")(checks.check)
app.command("backtest")(models.backtest)
app.command("train")(models.train)
app.command("rollback")(models.rollback)
app.command("score")(scores.score)
app.command("features")(data.features)
app.command("explain")(scores.explain)
app.command("monitor")(monitoring.monitor)
app.command("judge")(judge.judge)
app.command("leak-test")(judge.leak_test)
app.command("demo")(scores.demo)
app.command("simulate")(data.simulate)
app.command("oracle")(data.oracle)
app.command("serve")(serving.serve)
app.command("migrate")(hub.migrate)
app.command("work")(hub.work)
app.add_typer(hub_data.history_app, name="history")
app.command("up")(hub.up)
app.add_typer(hub.users, name="users")
app.add_typer(hub_credentials.credentials_app, name="credentials")
app.add_typer(hub_files.leads_app, name="leads")
app.add_typer(hub_files.purchases_app, name="purchases")
app.add_typer(hub_connections.connections_app, name="connections")
hub_connections.add_app.command("hotmart-api")(hub_pulls.add_hotmart_api)
hub_connections.add_app.command("activecampaign")(hub_pulls.add_activecampaign)
hub_connections.connections_app.command("test")(hub_pulls.check_connection)
hub_connections.connections_app.command("pull")(hub_pulls.pull_connection)
app.add_typer(hub_connections.inbox_app, name="inbox")
app.command("erase")(hub_privacy.erase)
app.command("access")(hub_privacy.access)
app.command("backup")(hub_backup.backup)
app.command("restore")(hub_backup.restore)
app.command("settings")(settings.settings)
