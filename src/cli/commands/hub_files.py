"""Commands that bring files of leads and purchases into the hub."""

import json as json_module
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from ..console import console, report_errors, show_progress
from .hub import DataOption

if TYPE_CHECKING:
    from ...hub.intake.proposals import FileMapping
    from ...hub.intake.uploads import UploadOptions
    from ...hub.intake.verdicts import Verdict
    from ...hub.models import Upload

leads_app = typer.Typer(no_args_is_help=True, help="Leads by file.")
purchases_app = typer.Typer(no_args_is_help=True, help="Purchases by file.")

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, gzip CSV, Excel or Parquet.")]
TimeZoneOption = Annotated[str, typer.Option("--timezone", help="Time zone of times without an offset.")]
CountryOption = Annotated[str, typer.Option("--country", help="Country of phone numbers without a code, such as BR.")]
SourceOption = Annotated[str, typer.Option("--ids-of", help="Who gives the files' ids of people, such as crm.")]
ColumnsOption = Annotated[
    list[str] | None, typer.Option("--column", help="FIELD=COLUMN, to correct what is proposed; FIELD= for none.")
]
CheckOption = Annotated[bool, typer.Option("--check", help="Show the verdict and write nothing.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@leads_app.command("template")
def print_template(
    out: Annotated[Path | None, typer.Option(help="File to write (default: print it).")] = None,
) -> None:
    """Give the file of leads to fill in; its columns need no mapping."""
    from ...hub.site.setup import configure_hub

    configure_hub()
    from ...hub.intake.file_templates import render_leads_template

    if out is None:
        print(render_leads_template(), end="")
    else:
        out.write_text(render_leads_template(), encoding="utf-8")


@leads_app.command("import")
def import_leads(
    files: FilesArgument,
    data: DataOption,
    purpose: Annotated[str, typer.Option(help="What the leads agreed to, such as email_marketing.")] = "",
    basis: Annotated[str, typer.Option(help="Legal basis: consent, contract, legitimate_interest ...")] = "",
    text: Annotated[Path | None, typer.Option(help="File with the words that they agreed to.")] = None,
    text_version: Annotated[str, typer.Option(help="Your name for these words.")] = "",
    timezone: TimeZoneOption = "UTC",
    country: CountryOption = "",
    ids_of: SourceOption = "file",
    column: ColumnsOption = None,
    check: CheckOption = False,
    json: JsonOption = False,
) -> None:
    """Check files of leads and write them; what is there already stays as it is.

    Without --purpose and --basis no consent is recorded, and nothing may be sent to these leads.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.uploads import UploadOptions
        from ...hub.models import UploadKind
        from ...hub.people.consent import read_terms

        words = text.read_text(encoding="utf-8") if text else ""
        terms = read_terms(purpose, basis, words, text_version)
        options = UploadOptions(timezone, country, "", ids_of, terms)
        _import_files(UploadKind.LEADS, files, options, column or [], check=check, as_json=json)


@purchases_app.command("import")
def import_purchases(
    files: FilesArgument,
    data: DataOption,
    currency: Annotated[str, typer.Option(help="Currency of amounts that name none, such as BRL.")] = "",
    timezone: TimeZoneOption = "UTC",
    country: CountryOption = "",
    ids_of: SourceOption = "file",
    column: ColumnsOption = None,
    check: CheckOption = False,
    json: JsonOption = False,
) -> None:
    """Check files of purchases and write them; what is there already stays as it is.

    A purchase from another seller has a seller_id. A sale of your own permits messages about it, and nothing else.
    """
    from ...hub.site.setup import open_installation

    with report_errors():
        open_installation(data)
        from ...hub.intake.uploads import UploadOptions
        from ...hub.models import UploadKind

        options = UploadOptions(timezone, country, currency, ids_of)
        _import_files(UploadKind.PURCHASES, files, options, column or [], check=check, as_json=json)


def _import_files(
    kind: str, files: list[Path], options: "UploadOptions", columns: list[str], *, check: bool, as_json: bool
) -> None:
    from ...hub.intake.uploads import (
        check_upload,
        import_upload,
        propose_upload,
        receive_upload,
        remove_upload,
        restore_names,
    )
    from ...hub.models import UploadKind

    upload = receive_upload(UploadKind(kind), files, options)
    try:
        mappings = [_correct(mapping, columns) for mapping in propose_upload(upload)]
        verdict = check_upload(upload, mappings)
        written = None
        if verdict.is_accepted and not check:
            if as_json:
                written = import_upload(upload)
            else:
                with show_progress() as progress:
                    written = import_upload(upload, progress)
    finally:
        remove_upload(upload)
    if as_json:
        answer = {
            "upload": upload.pk,
            "mappings": [vars(mapping) for mapping in mappings],
            "verdict": vars(verdict) | {"problems": [str(problem) for problem in verdict.problems]},
        }
        answer |= {"written": vars(written) if written else None}
        print(restore_names(upload, json_module.dumps(answer, ensure_ascii=False)))
    else:
        _print_verdict(upload, mappings, verdict)
        if written is not None:
            console.print(
                f"{written.new:,} rows are new, {written.repeated:,} were there already, {written.nameless:,} tell "
                f"nobody apart and were left out, {written.erased:,} are of people who were erased; "
                f"{written.consents:,} consents recorded"
            )
    if not verdict.is_accepted:
        raise typer.Exit(1)


def _correct(mapping: "FileMapping", columns: list[str]) -> "FileMapping":
    """Return a mapping with what the command line says of its columns."""
    corrected = dict(mapping.columns)
    for item in columns:
        name, equals, column = item.partition("=")
        if not equals:
            raise typer.BadParameter(f"{item!r} is not FIELD=COLUMN")
        corrected.pop(name, None)
        if column:
            corrected[name] = column
    return replace(mapping, columns=corrected)


def _print_verdict(upload: "Upload", mappings: list["FileMapping"], verdict: "Verdict") -> None:
    from ...checks import CODES
    from ...hub.intake.uploads import restore_names

    for mapping in mappings:
        columns = ", ".join(f"{name} = {column}" for name, column in mapping.columns.items())
        sheet = f" (sheet {mapping.sheet})" if mapping.sheet else ""
        console.print(escape(f"{restore_names(upload, mapping.file)}{sheet}: {columns}"), soft_wrap=True)
        if mapping.unused:
            console.print(escape(f"  not read: {', '.join(mapping.unused)}"), soft_wrap=True)
    for problem in verdict.problems:
        console.print(f"[bold red]refused:[/] {escape(restore_names(upload, str(problem)))}", soft_wrap=True)
    if verdict.is_accepted:
        period = f", {verdict.first} to {verdict.last}" if verdict.first else ""
        console.print(f"{verdict.rows:,} rows{period}; {verdict.nameless:,} of nobody, {verdict.bad_emails:,} with no "
                      f"valid address, {verdict.bad_phones:,} with no valid phone", soft_wrap=True)  # fmt: skip
    if verdict.repeated:
        console.print(f"{verdict.repeated:,} rows say what an earlier one says; they come in once", soft_wrap=True)
    for note in verdict.notes:
        console.print(f"[yellow]{escape(note)}[/]", soft_wrap=True)
    for finding in verdict.findings:
        text = f"[{finding['code']}] {finding['column']}: {finding['message']}. {CODES[finding['code']].remedy}."
        console.print(f"[yellow]{escape(text)}[/]", soft_wrap=True)
