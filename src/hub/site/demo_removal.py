"""Remove a demonstration: every row, file and model of it, in chunks, so that the installation is as if new.

What stays is who signs in, the settings, and the audit log.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from ...language import Phrase
from ..engine.kinds import Options, Result
from ..engine.queue import cancel_job
from ..errors import HubError
from ..models import AuditEntry, Installation, Job, JobState, Schedule, User
from ..models.audit import record_action

KIND = "remove_demo"
_KEPT = (User, Installation, AuditEntry, Schedule)
_CHUNK_ROWS = 2_000
_FOLDERS = ("backtest", "feed", "history", "judged", "scores", "uploads")
_WAIT_SECONDS = 120.0
#: By whether it is PostgreSQL: what makes the trigger again on SQLite.
_FIND_TRIGGER = {
    False: "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s",
    True: "SELECT tgname FROM pg_trigger WHERE tgname = %s",
}


def run_removal(_options: Options, progress: Callable[[str], None]) -> Result:
    """Remove the demonstration: the job behind the button on every page of it."""
    if not Installation.objects.get().is_demo:
        raise HubError(Phrase("this installation is no demonstration: nothing is removed"))
    progress(Phrase("ending the other jobs"))
    _end_other_jobs()
    removed = 0
    models = _sort_children_first(model for model in apps.get_app_config("hub").get_models())
    for number, model in enumerate(models, 1):
        progress(Phrase("step {number} of {steps}", number=number, steps=len(models)))
        removed += _delete_rows(model)
    _remove_files()
    _remove_models()
    with transaction.atomic():
        Installation.objects.update(is_demo=False, csv_lead_policy="")
        record_action(None, "demo.removed", Installation.objects.get())
    return {"rows": removed}


def _end_other_jobs() -> None:
    others = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).exclude(kind=KIND)
    deadline = time.monotonic() + _WAIT_SECONDS
    while ids := list(others.values_list("pk", flat=True)):
        for job_id in ids:
            cancel_job(job_id)
        if time.monotonic() > deadline:
            raise HubError(Phrase("a job does not end; stop the worker, and remove the demonstration again"))
        time.sleep(0.5)


def _sort_children_first(every: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """Return the models that are removed, those that refer to others before these."""
    removed = [model for model in every if model not in _KEPT]
    ordered: list[type[models.Model]] = []

    def visit(model: type[models.Model]) -> None:
        for field in model._meta.get_fields(include_hidden=True):
            child = field.related_model
            if field.auto_created and not field.concrete and child in removed and child not in (model, *ordered):
                visit(child)
        if model not in ordered:
            ordered.append(model)

    for model in removed:
        visit(model)
    return ordered


def _delete_rows(model: type[models.Model]) -> int:
    rows = model._default_manager.all()
    if model is Job:
        rows = rows.exclude(kind=KIND)
    removed = 0
    latest_first = rows.order_by("-pk").values_list("pk", flat=True)  # a row refers to none that is later
    while keys := list(latest_first[:_CHUNK_ROWS]):
        with transaction.atomic(), _allow_deletion(model):
            chunk = model._default_manager.filter(pk__in=keys)
            removed += chunk._raw_delete(chunk.db)
    return removed


@contextmanager
def _allow_deletion(model: type[models.Model]) -> Iterator[None]:
    """Let rows of an append-only table go inside the ``with`` block, in its transaction: their people are invented."""
    table, trigger = model._meta.db_table, f"{model._meta.db_table}_refuses_delete"
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(_FIND_TRIGGER[is_postgres], [trigger])
        found = cursor.fetchone()
        if found is None:
            yield
            return
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}" if is_postgres else f"DROP TRIGGER {trigger}")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}" if is_postgres else found[0])


def _remove_files() -> None:
    data = Path(settings.HUB_DATA)
    kept = {str(job_id) for job_id in Job.objects.values_list("pk", flat=True)}
    for folder in (*(data / name for name in _FOLDERS), *(data / "jobs").glob("*")):
        if folder.parent == data or folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_models() -> None:
    """Remove the models and runs that MLflow keeps in the installation's folder; elsewhere others may use them."""
    from mlflow.cli import gc as collect_garbage
    from mlflow.entities import LifecycleStage
    from mlflow.exceptions import MlflowException

    from ...tracking.client import ARTIFACTS_FOLDER, EXPERIMENT, get_store_file, get_tracking_uri, open_client
    from ...tracking.registry import REGISTERED_MODEL

    store = get_store_file(get_tracking_uri())
    if store is None or Path(settings.HUB_DATA) not in store.parents or not store.is_file():
        return
    client = open_client()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return
    try:
        client.delete_registered_model(REGISTERED_MODEL)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
    for model in client.search_logged_models([experiment.experiment_id]):
        client.delete_logged_model(model.model_id)
    if experiment.lifecycle_stage == LifecycleStage.ACTIVE:  # an attempt before may have come this far
        client.delete_experiment(experiment.experiment_id)
    # What MLflow deletes it keeps, until its own garbage collector comes; that leaves folders without files.
    uri = get_tracking_uri()
    collect_garbage.main(["--backend-store-uri", uri, "--tracking-uri", uri], standalone_mode=False)
    shutil.rmtree(store.parent / ARTIFACTS_FOLDER, ignore_errors=True)
