"""Files of scores that somebody wants judged: checked, copied under a neutral name, and removed afterwards."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import transaction

from ..engine.kinds import Json
from ..models import Judgement, User
from .hostile_files import check_file

JUDGED_FOLDER = "judged"
_SUFFIX = re.compile(r"(\.csv|\.csv\.gz|\.xlsx|\.parquet)$", re.IGNORECASE)


def receive_scores(path: Path, options: Mapping[str, Json], created_by: User | None = None) -> Judgement:
    """Copy a file of scores into the installation. Raises HistoryError for what no honest export is.

    Parameters
    ----------
    path
        The file.
    options
        What is said of it, as ``modelling.judging`` reads it: names of columns, when the scores were given.
    created_by
        Who wants it judged.
    """
    check_file(path)
    with transaction.atomic():
        judgement = Judgement.objects.create(file_name=path.name, options=dict(options), created_by=created_by)
        folder = get_judgement_folder(judgement)
        folder.mkdir(parents=True, mode=0o700)
        shutil.copyfile(path, folder / _name_copy(path))
    return judgement


def find_scores(judgement: Judgement) -> Path | None:
    """Return the file of a judgement; None once it is removed."""
    return next(iter(get_judgement_folder(judgement).glob("scores.*")), None)


def remove_scores_file(judgement: Judgement) -> None:
    """Remove the file of a judgement."""
    shutil.rmtree(get_judgement_folder(judgement), ignore_errors=True)


def restore_name(judgement: Judgement, text: str) -> str:
    """Return a message with the file's own name, for those who brought it."""
    return text.replace(_name_copy(Path(name)), name) if (name := judgement.file_name) else text


def get_judgement_folder(judgement: Judgement) -> Path:
    """Return the folder of a judgement's file."""
    return Path(settings.HUB_DATA) / JUDGED_FOLDER / str(judgement.pk)


def _name_copy(path: Path) -> str:
    match = _SUFFIX.search(path.name)
    assert match is not None  # ``check_file`` has refused every other kind
    return f"scores{match[0].lower()}"
