"""Erasure in the data folder: uploads, the feed's parts, the history, files of jobs, and models that learned."""

import json
import os
import shutil
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import QuerySet

from ...language import Phrase
from ..feed.removal import remove_contacts
from ..feed.sync import FEED_FOLDER, export_history
from ..intake.problems import FileProblem, encode_problem
from ..intake.score_files import JUDGED_FOLDER, remove_scores_file
from ..intake.uploads import UPLOADS_FOLDER, get_upload_folder, remove_upload
from ..models import (
    HISTORY_FOLDER,
    Capture,
    Job,
    JobState,
    Judgement,
    JudgementState,
    Purchase,
    Upload,
    UploadState,
)
from .erasers import ErasedPerson
from .lead_files import remove_leads

_ACTIVE = (JobState.QUEUED, JobState.RUNNING)
_DROPPED = encode_problem(
    FileProblem(
        Phrase("somebody was erased while these files waited; bring them again, and that person's rows are left out")
    )
)
#: Folders that have erasers of their own.
_OWN_FOLDERS = (FEED_FOLDER, HISTORY_FOLDER, UPLOADS_FOLDER, JUDGED_FOLDER)


def erase_uploads(person: ErasedPerson) -> int:
    """Remove the files that wait to be imported, and file names that tell who is in them; return how many uploads.

    A number or a name is written in many ways, so that no search tells which files hold the person: all go, and are
    refused with the reason. Those being imported leave the person out, and remove their files at the end.
    """
    dropped = 0
    for upload in Upload.objects.exclude(state=UploadState.IMPORTED):
        if _is_being_imported(upload) or not get_upload_folder(upload).exists():
            continue
        if upload.state != UploadState.REFUSED:
            upload.verdict = {**upload.verdict, "problems": [_DROPPED]}
        upload.state = UploadState.REFUSED
        upload.save(update_fields=["state", "verdict"])
        remove_upload(upload)
        dropped += 1
    return dropped + _forget_file_names(person, Upload.objects.all(), "file_names")


def erase_judged_files(person: ErasedPerson) -> int:
    """Remove the files that wait to be judged, as those that wait to be imported; return how many judgements."""
    dropped = 0
    for judgement in Judgement.objects.filter(state=JudgementState.WAITING):
        judgement.state, judgement.problems = JudgementState.REFUSED, [_DROPPED]
        judgement.save(update_fields=["state", "problems"])
        remove_scores_file(judgement)
        dropped += 1
    return dropped + _forget_file_names(person, Judgement.objects.all(), "file_name")


def erase_feed(person: ErasedPerson) -> int:
    """Write the feed's parts anew without the person's rows, and return how many rows went."""
    return remove_contacts(Path(settings.HUB_DATA) / FEED_FOLDER, person.contact_ids)


def erase_history(person: ErasedPerson) -> int:
    """Build the history anew where the person is in it, and return how many of its rows were theirs."""
    folder = Path(settings.HUB_DATA) / HISTORY_FOLDER
    lead_ids = [str(contact_id) for contact_id in person.contact_ids]
    rows = sum(_count_rows(path, lead_ids) for path in folder.glob("*.parquet"))
    if rows and (Capture.objects.visible().exists() or Purchase.objects.visible().exists()):
        export_history(folder)
    elif rows:
        shutil.rmtree(folder)
    return rows


def erase_lead_files(person: ErasedPerson) -> int:
    """Remove the person's rows from scored files and tables of jobs and runs; return how many files changed."""
    lead_ids = {str(contact_id) for contact_id in person.contact_ids}
    folders = [path for path in Path(settings.HUB_DATA).iterdir() if path.is_dir() and path.name not in _OWN_FOLDERS]
    return sum(remove_leads(folder, lead_ids) for folder in folders)


def mark_models(person: ErasedPerson) -> int:
    """Note with each model that may have learned from the person that it did; return how many there are."""
    if person.learned_since is None or not _has_store():
        return 0
    from ...tracking.registry import mark_erasure  # MLflow takes seconds to import

    return mark_erasure(str(person.erasure_id), person.learned_since)


def _is_being_imported(upload: Upload) -> bool:
    """Return whether a job, or a command, imports an upload's files now."""
    if upload.state != UploadState.IMPORTING:
        return False
    jobs = Job.objects.filter(kind="import_upload", options__upload_id=upload.pk)
    return jobs.filter(state__in=_ACTIVE).exists() or not jobs.exists()


def _forget_file_names(
    person: ErasedPerson, rows: QuerySet[Upload] | QuerySet[Judgement], column: Literal["file_name", "file_names"]
) -> int:
    """Remove the names of files where one of them names the person; return how many rows had such."""
    texts = [text.casefold() for text in person.texts]
    found = 0
    for pk, names in rows.filter(**{f"{column}__isnull": False}).values_list("pk", column).iterator(200):
        folded = " ".join(json.loads(names) if column == "file_names" else [names]).casefold()
        if any(text in folded for text in texts):
            rows.filter(pk=pk).update(**{column: None})
            found += 1
    return found


def _count_rows(path: Path, lead_ids: list[str]) -> int:
    if "lead_id" not in pq.read_schema(path).names:
        return 0
    ids = pq.read_table(path, columns=["lead_id"])["lead_id"].cast("string")
    return int(pc.sum(pc.is_in(ids, value_set=pa.array(lead_ids, pa.string()))).as_py() or 0)


def _has_store() -> bool:
    """Return whether there is an MLflow store: a tracking server, or the file of one in the folder."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri.startswith("sqlite:///"):
        return bool(uri)
    return Path(uri.removeprefix("sqlite:///")).is_file()
