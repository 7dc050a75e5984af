"""A study on disk, as Optuna's own dashboard reads it; it is replaced whole, so that it is never half-written."""

from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial

from ..history.atomic import atomic_write

_NAME = "tuning"


def write_study(study: optuna.Study, file: Path) -> None:
    """Write the study's finished trials to ``file``, in place of an earlier one."""
    with atomic_write(file) as scratch:
        copy = optuna.create_study(storage=_storage(scratch), study_name=_NAME, direction="minimize")
        copy.add_trials(study.trials)


def read_study(file: Path) -> list[FrozenTrial]:
    """The trials that ``write_study`` wrote; none where there is no file."""
    return optuna.load_study(storage=_storage(file), study_name=_NAME).trials if file.is_file() else []


def _storage(file: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(file), lock_obj=JournalFileOpenLock(str(file))))
