"""Texts for people keep their values: what jobs and pulls say, and why a file of scores was refused."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import hotleads.hub.models.phrase_field


def convert_problems(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Take the words of refused files over as problems; some of uploads were kept as words too."""
    judgements: Any = apps.get_model("hub", "Judgement").objects
    for judgement in judgements.exclude(problem=""):
        judgement.problems = [_build_problem(judgement.problem)]
        judgement.save(update_fields=["problems"])
    for upload in apps.get_model("hub", "Upload").objects.filter(state="refused"):
        problems = upload.verdict.get("problems", [])
        if any(isinstance(problem, str) for problem in problems):
            upload.verdict["problems"] = [_build_problem(one) if isinstance(one, str) else one for one in problems]
            upload.save(update_fields=["verdict"])


def _build_problem(words: str) -> dict[str, Any]:
    return {"message": {"text": "{text}", "values": {"text": words}}, "kind": ""}


class Migration(migrations.Migration):
    dependencies = [("hub", "0004_cache_table")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="error",
            field=hotleads.hub.models.phrase_field.PhraseField(blank=True),
        ),
        migrations.AlterField(
            model_name="job",
            name="progress",
            field=hotleads.hub.models.phrase_field.PhraseField(blank=True),
        ),
        migrations.AlterField(
            model_name="pull",
            name="error",
            field=hotleads.hub.models.phrase_field.PhraseField(blank=True),
        ),
        migrations.AddField(
            model_name="judgement",
            name="problems",
            field=models.JSONField(default=list),
        ),
        migrations.RunPython(convert_problems, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="judgement",
            name="problem",
        ),
    ]
