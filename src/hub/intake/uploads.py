"""An upload from its files to its rows: received, proposed, checked, imported; each step can be repeated."""

import json
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from ...history.errors import HistoryError
from ...history.importing.file_sniffing import SniffedFile, sniff_file
from ...history.progress import ProgressCallback, ignore_progress
from ...language import Phrase
from ..clock import get_now
from ..engine.arrivals import request_batch_scoring
from ..engine.kinds import Options, Result
from ..errors import HubError
from ..models import Batch, Launch, LegalBasis, Purpose, Upload, UploadKind, UploadState, User
from ..models.launch_rules import join_matching_captures
from ..models.rollups import update_rollups_of_batch
from ..people.consent import ConsentTerms
from .problems import list_problems
from .proposals import FileMapping, propose_mappings
from .reading import StagedRows, open_staged_rows
from .row_writer import SOURCE, WriteOptions, WrittenRows
from .staged_writer import write_captures, write_purchases
from .verdicts import Verdict, judge_rows

UPLOADS_FOLDER = "uploads"
_SUFFIX = re.compile(r"(\.csv|\.csv\.gz|\.xlsx|\.parquet)$", re.IGNORECASE)


@dataclass(frozen=True)
class UploadOptions:
    """What the owner says of the files.

    Attributes
    ----------
    time_zone
        The zone of times without an offset.
    default_country
        Where phone numbers without a country code are.
    currency
        That of amounts which name none.
    external_source
        Who gives the files' ids of people: equal ids of one source are one person.
    terms
        Purpose, basis and text of the consent to record; None: none is recorded.
    """

    time_zone: str = "UTC"
    default_country: str = ""
    currency: str = ""
    external_source: str = "file"
    terms: ConsentTerms | None = field(default=None)


def receive_upload(
    kind: UploadKind, paths: Sequence[Path], options: UploadOptions, created_by: User | None = None
) -> Upload:
    """Copy files into the installation and return their upload. Raises HistoryError for what cannot be an upload.

    Their names may tell who is in them: they are kept sealed, and the copies are called ``file-1.csv`` and so on.
    """
    _check_present(paths)
    names = [_name_copy(path, number) for number, path in enumerate(paths, 1)]
    terms = options.terms
    with transaction.atomic():
        upload = Upload.objects.create(
            kind=kind,
            file_names=json.dumps([path.name for path in paths]),
            options={name: value for name, value in vars(options).items() if name != "terms"},
            purpose=terms.purpose if terms else "",
            basis=terms.basis if terms else "",
            consent_text=terms.text if terms else "",
            text_version=terms.text_version if terms else "",
            created_by=created_by,
        )
        folder = get_upload_folder(upload)
        folder.mkdir(parents=True, mode=0o700)
        for path, name in zip(paths, names, strict=True):
            shutil.copyfile(path, folder / name)
    return upload


def propose_upload(upload: Upload) -> list[FileMapping]:
    """Propose how the files of an upload are read. Raises HubError for a file that cannot be, which is refused."""
    try:
        return propose_mappings(get_upload_folder(upload), upload.kind)
    except HistoryError as error:
        upload.state = UploadState.REFUSED
        upload.verdict = _refuse(error).to_json()
        upload.save()
        raise HubError(restore_names(upload, str(error))) from None


def sniff_upload(upload: Upload, mapping: FileMapping) -> SniffedFile:
    """Return how one of an upload's files is written, with the first values of each column, for whoever brought it."""
    return sniff_file(get_upload_folder(upload) / Path(mapping.file).name, mapping.sheet)


def check_upload(upload: Upload, mappings: Sequence[FileMapping], left_out: Collection[str] = ()) -> Verdict:
    """Read an upload's files by their mappings, keep the verdict with it and return it; nothing else is written.

    Parameters
    ----------
    upload
        The upload.
    mappings
        How each file is read.
    left_out
        The problems of the last verdict whose rows to leave out, by their names. By other mappings than that verdict's
        they would be other rows: then nothing is left out.
    """
    if upload.state in (UploadState.IMPORTING, UploadState.IMPORTED):
        raise HubError(Phrase("this upload was taken in already, or is being taken in; bring the files again"))
    mapping = json.dumps([asdict(mapping) for mapping in mappings])
    upload.options = upload.options | {"left_out": sorted(left_out) if mapping == upload.mapping else []}
    upload.mapping = mapping
    try:
        with _open(upload) as staged:
            verdict = judge_rows(staged, upload.kind, upload.options["default_country"], upload.options["currency"])
    except (HistoryError, HubError) as error:
        verdict = _refuse(error)
    upload.verdict = verdict.to_json()
    upload.state = UploadState.CHECKED if verdict.is_accepted else UploadState.REFUSED
    upload.save()
    return verdict


def _refuse(error: HistoryError | HubError) -> Verdict:
    """Return the verdict on files that cannot be read."""
    return Verdict(problems=list_problems(error))


def import_upload(upload: Upload, progress: ProgressCallback = ignore_progress) -> WrittenRows:
    """Write the rows of an upload that was checked, make them visible in one step, and remove its files.

    After a crash it is run again and goes on. Raises HubError for an upload that was not accepted.
    """
    if upload.state == UploadState.IMPORTED and upload.batch is not None and get_upload_folder(upload).exists():
        _count(upload, upload.batch)  # its process stopped between the last row and the counts
        return WrittenRows()
    if upload.state not in (UploadState.CHECKED, UploadState.IMPORTING):
        raise HubError(Phrase("only an upload that was checked and accepted can be taken in"))
    if upload.batch is None:
        upload.batch = Batch.objects.create(source=SOURCE)
    upload.state = UploadState.IMPORTING
    upload.save()
    write = write_captures if upload.kind == UploadKind.LEADS else write_purchases
    with _open(upload) as staged:
        if staged.problems:
            upload.state = UploadState.REFUSED
            upload.save()
            raise HubError(Phrase("the files are not read as they were when they were checked: bring them again"))
        written = write(staged, _build_options(upload, upload.batch), _report_rows(upload, progress))
    with transaction.atomic():
        Batch.objects.filter(pk=upload.batch.pk).update(committed_at=get_now())
        upload.state = UploadState.IMPORTED
        upload.ended_at = get_now()
        upload.save()
    _count(upload, upload.batch)
    return written


def _count(upload: Upload, batch: Batch) -> None:
    """Let what came in join launches, count it, and remove the files."""
    for launch in Launch.objects.filter(archived_at=None).exclude(capture_rules=[]):
        join_matching_captures(launch)
    update_rollups_of_batch(batch)
    if upload.kind == UploadKind.LEADS:
        request_batch_scoring(batch)
    remove_upload(upload)


def remove_upload(upload: Upload) -> None:
    """Remove the files of an upload that is not waiting to be imported by a job."""
    shutil.rmtree(get_upload_folder(upload), ignore_errors=True)


def run_import(options: Options, progress: Callable[[str], None]) -> Result:
    """Import the upload ``upload_id``: the job behind the upload page."""
    written = import_upload(Upload.objects.get(pk=str(options["upload_id"])), progress)
    return dict(vars(written))


def restore_names(upload: Upload, text: str) -> str:
    """Return a message with the files' own names, for those who brought them."""
    names = json.loads(upload.file_names or "[]")
    for number, name in enumerate(names, 1):
        text = text.replace(_name_copy(Path(name), number), name)
    return text


def get_upload_folder(upload: Upload) -> Path:
    """Return the folder of an upload's files."""
    return Path(settings.HUB_DATA) / UPLOADS_FOLDER / str(upload.pk)


def _open(upload: Upload) -> AbstractContextManager[StagedRows]:
    mappings = [FileMapping(**mapping) for mapping in json.loads(upload.mapping)]
    folder = get_upload_folder(upload)
    return open_staged_rows(
        folder,
        upload.kind,
        mappings,
        time_zone=upload.options["time_zone"],
        imported_at=upload.imported_at,
        left_out=upload.options.get("left_out", []),
    )


def _build_options(upload: Upload, batch: Batch) -> WriteOptions:
    terms = None
    if upload.purpose:
        basis = LegalBasis(upload.basis)
        terms = ConsentTerms(Purpose(upload.purpose), basis, upload.consent_text, upload.text_version)
    return WriteOptions(
        batch=batch,
        proof=f"upload {upload.pk}",
        imported_at=upload.imported_at,
        default_country=upload.options["default_country"],
        currency=upload.options["currency"],
        terms=terms,
        external_source=upload.options["external_source"],
    )


def _report_rows(upload: Upload, progress: ProgressCallback) -> Callable[[int], None]:
    total = upload.verdict.get("rows", 0)
    return lambda rows: progress(Phrase("{rows:,} of {total:,} rows", rows=min(rows, total), total=total))


def _check_present(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise HistoryError(Phrase("there is no file {path}", path=str(path)))


def _name_copy(path: Path, number: int) -> str:
    suffix = _SUFFIX.search(path.name)
    if suffix is None:
        message = Phrase(
            "{file} is no CSV, Excel or Parquet file; bring one that ends in {suffixes}",
            file=path.name,
            suffixes=".csv, .csv.gz, .xlsx, .parquet",
        )
        raise HistoryError(message)
    return f"file-{number}{suffix[0].lower()}"
