"""A study on disk, as Optuna's own dashboard reads it; it is replaced whole, so that it is never half-written."""

import os
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial

_NAME = "tuning"


def write_study(study: optuna.Study, file: Path) -> None:
    """Write the study's finished trials to ``file``, in place of an earlier one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        copy = optuna.create_study(storage=_storage(unfinished), study_name=_NAME, direction="minimize")
        copy.add_trials(study.trials)
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def read_study(file: Path) -> list[FrozenTrial]:
    """The trials that ``write_study`` wrote; none where there is no file."""
    return optuna.load_study(storage=_storage(file), study_name=_NAME).trials if file.is_file() else []


def _storage(file: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(file), lock_obj=JournalFileOpenLock(str(file))))
