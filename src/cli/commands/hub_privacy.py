"""Commands for what a person may ask for: to be erased, and to be told what is known of them."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ..console import console, report_errors, show_progress
from .hub import DataOption

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="One of the person's addresses.")]


def erase(
    email: EmailArgument,
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Erase a person: rows, scores, files, history; print the receipt. Nothing brings them back afterwards.

    Consent and audit log stay, with the contact's id alone. Backups made before are not changed; `hotleads restore`
    erases the person again.
    """
    from ...hub.site.setup import open_installation

    with report_errors(), show_progress(quiet=as_json) as progress:
        open_installation(data)
        from ...hub.privacy.erasure import run_erasure, start_erasure
        from ...hub.privacy.receipts import describe_erasure
        from ...hub.privacy.search import find_person
        from ...hub.site.job_kinds import register_kinds

        register_kinds()
        receipt = describe_erasure(run_erasure(start_erasure(find_person(email), None), progress))
    if as_json:
        print(json.dumps(receipt))
        return
    console.print(f"Contact {receipt['contact_id']} is erased (receipt {receipt['erasure_id']}). Removed:")
    for place, count in receipt["removed"].items():
        console.print(f"  {place}: {count:,}")
    console.print(f"Kept, with the contact's id alone: {receipt['kept']['consent_events']:,} consent events, "
                  f"{receipt['kept']['audit_entries']:,} lines of the audit log")  # fmt: skip
    if receipt["compacted_at"] is None:
        console.print("The database is large: its files are written anew at night, by `hotleads work`")


def access(
    email: EmailArgument,
    data: DataOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="JSON file to write, readable by its owner alone.")],
) -> None:
    """Write all that is known of a person into a file: rows with their sources, consent, scores with reasons."""
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.errors import HubError
        from ...hub.modelling.language import get_language
        from ...hub.models.audit import record_action
        from ...hub.privacy.access_report import build_access_report
        from ...hub.privacy.search import find_person

        contact = find_person(email)
        if contact.erased_at is not None:
            raise HubError(f"contact {contact.pk} was erased: nothing is known of them")
        text = json.dumps(build_access_report(contact, get_language()), ensure_ascii=False, indent=1)
        with open(out, "x", encoding="utf-8", opener=_open_for_owner) as file:
            file.write(text)
        record_action(None, "contact.exported", contact)
    console.print(f"What is known of contact {contact.pk} is in {escape(str(out))}", soft_wrap=True)


def _open_for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
