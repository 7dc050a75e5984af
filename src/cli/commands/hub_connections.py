"""Commands of the accounts elsewhere that rows come from, and of what arrived from them."""

import json as json_module
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ..console import console, report_errors
from .hub import DataOption

if TYPE_CHECKING:
    from ...hub.intake.hotmart.deliveries import DeliveryKind
    from ...hub.models import Pull
    from ...hub.people.consent import ConsentTerms

connections_app = typer.Typer(no_args_is_help=True, help="Accounts elsewhere that rows come from.")
add_app = typer.Typer(no_args_is_help=True, help="Add an account.")
connections_app.add_typer(add_app, name="add")
inbox_app = typer.Typer(no_args_is_help=True, help="What arrived over HTTP.")

#: Where --hottok-from-env looks.
HOTTOK_VARIABLE = "HOTLEADS_HOTMART_HOTTOK"
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
CountryOption = Annotated[str, typer.Option("--country", help="Country of phone numbers without a code, such as BR.")]
NameOption = Annotated[str, typer.Option("--name", help="Your name for the account.")]
HottokOption = Annotated[str, typer.Option(help="The account's hottok; others of this machine may see it.")]
HottokFromEnvOption = Annotated[
    bool, typer.Option("--hottok-from-env", help=f"Read the hottok from {HOTTOK_VARIABLE}.")
]


@add_app.command("hotmart")
def add_hotmart(
    data: DataOption,
    name: NameOption = "Hotmart",
    hottok: HottokOption = "",
    hottok_from_env: HottokFromEnvOption = False,
    consent: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:PURPOSE:BASIS", help="Consent of sales, slips or carts, as the owner declares it."),
    ] = None,
    text: Annotated[Path | None, typer.Option(help="File with the words that people were told.")] = None,
    text_version: Annotated[str, typer.Option(help="Your name for these words.")] = "",
    sck: Annotated[str, typer.Option(help="How sck is split into UTM fields.")] = "campaign|medium|content",
    country: CountryOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take in the webhooks of a Hotmart account, and print the address to paste into Hotmart.

    A sale or an issued slip permits messages about it. Anything else is declared, such as
    `--consent carts:email_marketing:legitimate_interest`.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.hotmart.accounts import AccountSettings, add_account

        words = text.read_text(encoding="utf-8") if text else ""
        terms = read_declared(consent or [], words, text_version)
        token = _read_hottok(hottok, from_env=hottok_from_env)
        connection = add_account(name, token, AccountSettings(sck, country), terms)
        address = _build_address()
    if as_json:
        print(json_module.dumps({"id": connection.pk, "name": connection.name, "address": address}))
        return
    console.print(
        f"{escape(connection.name)} is connection {connection.pk}. In Hotmart, Tools, Webhook: version 2.0.0,"
    )
    console.print(f"all events, and this address: {address}", soft_wrap=True, highlight=False)


@connections_app.command("rotate")
def rotate(
    name: Annotated[str, typer.Argument(help="The account.")],
    data: DataOption,
    hottok: HottokOption = "",
    hottok_from_env: HottokFromEnvOption = False,
) -> None:
    """Give a Hotmart account another hottok; the one before holds for a week."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.connections import find_connection
        from ...hub.intake.hotmart.accounts import rotate_hottok
        from ...hub.models import ConnectionKind

        rotate_hottok(find_connection(name, [ConnectionKind.HOTMART]), _read_hottok(hottok, from_env=hottok_from_env))
    console.print("The new hottok is taken from now on.")


@connections_app.command("list")
def list_connections(data: DataOption, as_json: JsonOption = False) -> None:
    """List the accounts with what arrived from them."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.inbox_summary import summarize_connections

        rows: list[dict[str, Any]] = [
            {
                "id": row.connection.pk,
                "kind": row.connection.kind,
                "name": row.connection.name,
                "items": row.items,
                "failed": row.failed,
                "unknown": row.unknown,
                "last_received_at": row.last_received_at.isoformat() if row.last_received_at else None,
                "pulls": {pull.resource: describe_pull(pull) for pull in row.connection.pulls.order_by("pk")},
            }
            for row in summarize_connections()
        ]
    if as_json:
        print(json_module.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        last = f", the last at {row['last_received_at']}" if row["last_received_at"] else ""
        console.print(
            escape(
                f"{row['kind']} {row['name']}: {row['items']:,} arrived{last}; {row['failed']:,} failed, "
                f"{row['unknown']:,} unknown"
            ),
            soft_wrap=True,
        )
        for resource, pull in row["pulls"].items():
            until = pull["covered_until"] or "never to its end"
            console.print(
                escape(f"  {resource}: pulled until {until}, {pull['read']:,} read; {pull['error']}".rstrip("; "))
            )


@connections_app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The account.")], data: DataOption) -> None:
    """Take nothing more in from an account, and forget its secrets; what came stays."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.connections import find_connection, remove_connection

        remove_connection(find_connection(name))
    console.print("Removed.")


@inbox_app.command("replay")
def replay(
    data: DataOption,
    source: Annotated[str, typer.Option(help="Of this source alone, such as hotmart.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Received at this time or later (UTC).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that were processed, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let the workers process again what failed or was unknown, after a parser was mended; no row comes twice."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.inbox import replay_items

        start = since.replace(tzinfo=UTC) if since else None
        count = replay_items(source, start, only_unread=not everything)
    if as_json:
        print(json_module.dumps({"items": count}))
    else:
        console.print(f"{count:,} items wait for the workers")


def describe_pull(pull: "Pull") -> dict[str, Any]:
    """Return what became of a pull."""
    until = pull.covered_until.isoformat() if pull.covered_until else None
    return {
        "read": pull.rows_read,
        "new": pull.rows_new,
        "unreadable": pull.rows_unreadable,
        "covered_until": until,
        "error": pull.error,
    }


def _read_hottok(given: str, *, from_env: bool) -> str:
    value = os.environ.get(HOTTOK_VARIABLE, "") if from_env else given
    if not value:
        raise typer.BadParameter(f"give --hottok, or --hottok-from-env with {HOTTOK_VARIABLE} set")
    return value


def read_declared(declared: list[str], text: str, text_version: str) -> Mapping["DeliveryKind", "ConsentTerms"]:
    """Return the terms that the command line declares as KIND:PURPOSE:BASIS."""
    from ...hub.intake.hotmart.accounts import DECLARED_KINDS
    from ...hub.people.consent import read_terms

    kinds = {kind.value: kind for kind in DECLARED_KINDS}
    terms = {}
    for item in declared:
        kind, _, rest = item.partition(":")
        purpose, _, basis = rest.partition(":")
        if kind not in kinds:
            raise typer.BadParameter(f"{item!r} is not KIND:PURPOSE:BASIS; kinds are {', '.join(kinds)}")
        one = read_terms(purpose, basis, text, text_version)
        if one is not None:
            terms[kinds[kind]] = one
    return terms


def _build_address() -> str:
    from django.conf import settings

    from ...hub.intake.hotmart.route import PATH

    return f"{settings.HUB_URL.rstrip('/')}{PATH}"
