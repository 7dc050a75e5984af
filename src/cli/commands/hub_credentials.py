"""Commands for the credentials of programs that send rows to the hub, or read its scores."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ..console import console, report_errors
from .hub import DataOption

if TYPE_CHECKING:
    from ...hub.intake.credentials import IssuedCredential
    from ...hub.models import Credential

credentials_app = typer.Typer(no_args_is_help=True, help="The programs that send rows or read scores.")

NameArgument = Annotated[str, typer.Argument(help="The credential's name, or its client id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_DEFAULT_SCOPES = ("leads:write", "purchases:write", "events:write")


@credentials_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The program's name.")],
    data: DataOption,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="leads:write, purchases:write, events:write (the default), launches:read, scores:read ..."),
    ] = None,
    country: Annotated[str, typer.Option(help="Country of phone numbers without a code, such as BR.")] = "",
    ids_of: Annotated[str, typer.Option("--ids-of", help="Who gives its ids of people, such as shop.")] = "api",
    purpose: Annotated[str, typer.Option(help="What its contacts agreed to, such as email_marketing.")] = "",
    basis: Annotated[str, typer.Option(help="Legal basis: consent, contract, legitimate_interest ...")] = "",
    text: Annotated[Path | None, typer.Option(help="File with the words that they agreed to.")] = None,
    text_version: Annotated[str, typer.Option(help="Your name for these words.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a credential, and print its client secret and its write key: nobody can read them again.

    Without --purpose and --basis no consent is recorded, and nothing may be sent to the leads that it brings.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.credentials import CredentialOptions, add_credential, parse_scopes
        from ...hub.people.consent import read_terms

        words = text.read_text(encoding="utf-8") if text else ""
        terms = read_terms(purpose, basis, words, text_version)
        options = CredentialOptions(parse_scopes(scope or _DEFAULT_SCOPES), country, terms, ids_of)
        issued = add_credential(name, options)
    _print_secrets(issued, as_json)


@credentials_app.command("list")
def list_credentials(data: DataOption, as_json: JsonOption = False) -> None:
    """Print the credentials in force, without their secrets."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.models import Credential

        rows = [_describe(credential) for credential in Credential.objects.filter(revoked_at=None).order_by("name")]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        console.print(f"{escape(row['name'])}: {row['client_id']} ({', '.join(row['scopes'])})", soft_wrap=True)


@credentials_app.command("rotate")
def rotate(name: NameArgument, data: DataOption, as_json: JsonOption = False) -> None:
    """Give a credential another secret and write key; the earlier ones, and its tokens, end at once."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.credentials import get_credential, rotate_credential

        issued = rotate_credential(get_credential(name))
    _print_secrets(issued, as_json)


@credentials_app.command("revoke")
def revoke(name: NameArgument, data: DataOption, as_json: JsonOption = False) -> None:
    """End a credential with its tokens; what it sent stays."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.credentials import get_credential, revoke_credential

        credential = get_credential(name)
        revoke_credential(credential)
    if as_json:
        print(json.dumps({"client_id": credential.client_id, "revoked": True}))
    else:
        console.print(f"{escape(credential.name)} is revoked", soft_wrap=True)


def _describe(credential: "Credential") -> dict[str, Any]:
    return {
        "id": credential.pk,
        "name": credential.name,
        "client_id": credential.client_id,
        "scopes": credential.scopes,
        "purpose": credential.purpose,
        "basis": credential.basis,
    }


def _print_secrets(issued: "IssuedCredential", as_json: bool) -> None:
    from django.conf import settings

    token_url = f"{settings.HUB_URL.rstrip('/')}/oauth/token"
    secrets = {"client_secret": issued.client_secret, "write_key": issued.write_key, "token_url": token_url}
    if as_json:
        print(json.dumps(_describe(issued.credential) | secrets, ensure_ascii=False))
        return
    console.print("Keep these where only the program reads them: they are not shown again.")
    for label, value in {"client_id": issued.credential.client_id, **secrets}.items():
        console.print(f"{label}: {value}", soft_wrap=True, highlight=False)
