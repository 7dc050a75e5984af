"""Commands of the accounts elsewhere that the hub asks by itself: added, tested, pulled."""

import json as json_module
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..console import console, report_errors, show_progress
from .hub import DataOption
from .hub_connections import CountryOption, JsonOption, NameOption, describe_pull, read_declared

if TYPE_CHECKING:
    from ...hub.models import Connection

#: Where credentials are looked for that the command line does not give.
CLIENT_ID_VARIABLE = "HOTLEADS_HOTMART_CLIENT_ID"
CLIENT_SECRET_VARIABLE = "HOTLEADS_HOTMART_CLIENT_SECRET"  # noqa: S105 - a name
BASIC_VARIABLE = "HOTLEADS_HOTMART_BASIC"
API_KEY_VARIABLE = "HOTLEADS_ACTIVECAMPAIGN_KEY"
_DEFAULT_DAYS = 730

NameArgument = Annotated[str, typer.Argument(help="The account.")]
TestOption = Annotated[bool, typer.Option("--test/--no-test", help="Ask the account who it is before it is added.")]


def add_hotmart_api(
    data: DataOption,
    name: NameOption = "Hotmart",
    client_id: Annotated[str, typer.Option(help=f"Client id (default: {CLIENT_ID_VARIABLE}).")] = "",
    client_secret: Annotated[str, typer.Option(help=f"Client secret (default: {CLIENT_SECRET_VARIABLE}).")] = "",
    basic: Annotated[str, typer.Option(help=f"Basic token (default: {BASIC_VARIABLE}, else it is made).")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day that is pulled (default: two years ago).")
    ] = None,
    members_area: Annotated[
        list[str] | None, typer.Option(metavar="SUBDOMAIN=PRODUCT", help="A members' area and its product's id.")
    ] = None,
    consent: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:PURPOSE:BASIS", help="Consent of sales, slips or carts, as the owner declares it."),
    ] = None,
    text: Annotated[Path | None, typer.Option(help="File with the words that people were told.")] = None,
    text_version: Annotated[str, typer.Option(help="Your name for these words.")] = "",
    sck: Annotated[str, typer.Option(help="How sck is split into UTM fields.")] = "campaign|medium|content",
    country: CountryOption = "",
    url: Annotated[str, typer.Option(help="Hotmart's address, such as https://sandbox.hotmart.com.")] = "",
    token_url: Annotated[str, typer.Option(help="Where tokens are made.")] = "",
    test: TestOption = True,
    as_json: JsonOption = False,
) -> None:
    """Pull a Hotmart account's sales, subscriptions, students and products every night, by its credentials."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.connectors.hotmart_client import PRODUCTION_URL, TOKEN_URL
        from ...hub.intake.hotmart.accounts import AccountSettings
        from ...hub.intake.pulls.accounts import HotmartCredentials, HotmartPulls
        from ...hub.intake.pulls.accounts import add_hotmart_api as add
        from ...hub.site.job_kinds import register_kinds

        register_kinds()
        credentials = HotmartCredentials(
            client_id or os.environ.get(CLIENT_ID_VARIABLE, ""),
            client_secret or os.environ.get(CLIENT_SECRET_VARIABLE, ""),
            basic or os.environ.get(BASIC_VARIABLE, ""),
        )
        first = since.replace(tzinfo=UTC) if since else datetime.now(UTC) - timedelta(days=_DEFAULT_DAYS)
        areas = dict(map(_split, members_area or []))
        pulls = HotmartPulls(first, areas, url or PRODUCTION_URL, token_url or TOKEN_URL, allow_private=True)
        words = text.read_text(encoding="utf-8") if text else ""
        terms = read_declared(consent or [], words, text_version)
        connection = add(name, credentials, pulls, AccountSettings(sck, country), terms)
        _finish(connection, test=test, as_json=as_json)


def add_activecampaign(
    url: Annotated[str, typer.Option(help="The account's address, such as https://account.api-us1.com.")],
    data: DataOption,
    name: NameOption = "ActiveCampaign",
    api_key: Annotated[str, typer.Option(help=f"API key (default: {API_KEY_VARIABLE}).")] = "",
    list_id: Annotated[
        list[str] | None, typer.Option("--list", help="Id of a list whose contacts are taken (default: all contacts).")
    ] = None,
    utm: Annotated[
        list[str] | None, typer.Option(metavar="UTM_FIELD=TITLE", help="The custom field that is a UTM field.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the contacts agreed to, such as email_marketing.")] = "",
    basis: Annotated[str, typer.Option(help="Legal basis: consent, contract, legitimate_interest ...")] = "",
    text: Annotated[Path | None, typer.Option(help="File with the words that they agreed to.")] = None,
    text_version: Annotated[str, typer.Option(help="Your name for these words.")] = "",
    country: CountryOption = "",
    test: TestOption = True,
    as_json: JsonOption = False,
) -> None:
    """Pull an ActiveCampaign account's contacts every night: each is a lead.

    Without --purpose and --basis no consent is recorded, and nothing may be sent to these leads.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.pulls.accounts import ActiveCampaignPulls
        from ...hub.intake.pulls.accounts import add_activecampaign as add
        from ...hub.people.consent import read_terms
        from ...hub.site.job_kinds import register_kinds

        register_kinds()
        words = text.read_text(encoding="utf-8") if text else ""
        pulls = ActiveCampaignPulls(list_id or [], dict(map(_split, utm or [])), country, allow_private=True)
        key = api_key or os.environ.get(API_KEY_VARIABLE, "")
        connection = add(name, url, key, pulls, read_terms(purpose, basis, words, text_version))
        _finish(connection, test=test, as_json=as_json)


def check_connection(name: NameArgument, data: DataOption, as_json: JsonOption = False) -> None:
    """Ask an account who it is: whether its credentials are right, and which lists it has."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.connections import find_connection
        from ...hub.intake.pulls.jobs import check_connection as check

        tested = check(find_connection(name))
    if as_json:
        print(json_module.dumps({"name": tested.name, "lists": tested.lists}, ensure_ascii=False))
        return
    console.print(escape(f"The credentials are right{f': {tested.name}' if tested.name else ''}"))
    for number, title in (tested.lists or {}).items():
        console.print(escape(f"  list {number}: {title}"), highlight=False)


def pull_connection(
    name: NameArgument,
    data: DataOption,
    only: Annotated[list[str] | None, typer.Option(help="This alone, such as sales.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Pull an account now, as the workers do every night; a pull that stopped goes on where it was."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.connectors.errors import UnavailableError
        from ...hub.intake.connections import ConnectionSetupError, find_connection
        from ...hub.intake.pulls.jobs import pull_connection as pull

        connection = find_connection(name)
        try:
            if as_json:
                pulls = pull(connection, resources=only or [])
            else:
                with show_progress() as progress:
                    pulls = pull(connection, progress, only or [])
        except UnavailableError as error:
            raise ConnectionSetupError(f"{error}; pull again later, it goes on where it stopped") from None
    if as_json:
        print(json_module.dumps({found.resource: describe_pull(found) for found in pulls}))
        return
    for found in pulls:
        console.print(
            f"{found.resource}: {found.rows_read:,} read, {found.rows_new:,} new, {found.rows_unreadable:,} unreadable"
        )


def _finish(connection: "Connection", *, test: bool, as_json: bool) -> None:
    """Test a connection that was just added, and take it back where its credentials are wrong."""
    from ...hub.connectors.errors import UnavailableError
    from ...hub.intake.connections import ConnectionSetupError, remove_connection
    from ...hub.intake.pulls.jobs import check_connection as check

    try:
        if test:
            check(connection)
    except UnavailableError as error:
        remove_connection(connection)
        raise ConnectionSetupError(f"{error}; try again later, or add it without asking: --no-test") from None
    except Exception:
        remove_connection(connection)
        raise
    if as_json:
        print(json_module.dumps({"id": connection.pk, "name": connection.name}))
        return
    console.print(escape(f"{connection.name} is connection {connection.pk}, and pulled every night."))
    console.print(escape(f"Pull it now: hotleads connections pull {json_module.dumps(connection.name)}"))


def _split(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    if not name.strip():
        raise typer.BadParameter(f"{item!r} is not NAME=VALUE")
    return name.strip(), value.strip()
