"""The table of Django's cache, in which all processes count failed sign-ins."""

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _create_table(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", "hub_cache", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("hub", "0003_database_rules")]
    operations = [migrations.RunPython(_create_table)]
