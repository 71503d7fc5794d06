"""What a release left in a database: its migrations, and rows as JSON."""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

HERE = Path(__file__).parent
NAMES = {"payments": "django_stripe_payments", "notifications": "django_inapp_notifications"}


class WholeMoments(DjangoJSONEncoder):
    """JSON that keeps microseconds, which Django's own cuts off: now and then, to nothing."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


@dataclass(frozen=True)
class Snapshot:
    """A folder with the package ``migrations`` and the file ``rows.json``."""

    app: str
    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "rows.json").read_text())

    def migrations(self) -> dict[str, str]:
        """Source of each migration by its file's name."""
        return {path.name: path.read_text() for path in (self.folder / "migrations").glob("0*.py")}


def current_migrations(app: str) -> dict[str, str]:
    folder = Path(apps.get_app_config(app).path) / "migrations"
    return {path.name: path.read_text() for path in folder.glob("0*.py")}


def frozen(app: str) -> list[Snapshot]:
    """Snapshots of the app's releases, as they are kept beside this module."""
    (short,) = (short for short, name in NAMES.items() if name == app)
    return [Snapshot(app, path.parent) for path in sorted(HERE.glob(f"{short}/v*/rows.json"))]


def take(app: str, folder: Path) -> Snapshot:
    """Write a snapshot of the app as it is now, with the rows that are in the database."""
    migrations = folder / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "__init__.py").touch()
    for name in current_migrations(app):
        shutil.copy(Path(apps.get_app_config(app).path) / "migrations" / name, migrations / name)
    (folder / "rows.json").write_text(json.dumps(rows_of(app), indent=1) + "\n")
    return Snapshot(app, folder)


def rows_of(app: str) -> list[dict[str, Any]]:
    """Every row of the app and every user, as ``{"model", "pk", "fields"}``."""
    models = [apps.get_model("auth.User"), *apps.get_app_config(app).get_models()]
    rows = [row for model in models for row in model._default_manager.order_by("pk")]
    return json.loads(serializers.serialize("json", rows, cls=WholeMoments))


def forget(app: str) -> None:
    """Drop the app's tables and its record of migrations, which need not be reversible."""
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            editor.delete_model(model)
    MigrationRecorder(connection).migration_qs.filter(app=app).delete()


def restore(snapshot: Snapshot) -> None:
    """Insert a snapshot's rows by the models of its time, which the current ones may not be."""
    executor = MigrationExecutor(connection)
    past = executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps
    # In any order: MariaDB looks away, and the others look at the end of a transaction.
    with connection.constraint_checks_disabled(), transaction.atomic():
        for row in snapshot.rows:
            model = past.get_model(row["model"])
            values = {model._meta.pk.attname: row["pk"]}
            many = {field.name for field in model._meta.many_to_many}
            for name, value in row["fields"].items():
                if name not in many:
                    field = model._meta.get_field(name)
                    values[field.attname] = field.to_python(value)
            # Past models have no save() of their own; bulk_create keeps what auto_now would change.
            created = model(**values)
            model._base_manager.bulk_create([created])
            model._base_manager.filter(pk=created.pk).update(
                **{name: value for name, value in values.items() if name != model._meta.pk.attname}
            )
    connection.check_constraints()


def schema() -> dict[str, Any]:
    """Columns and constraints of every table, for comparing two databases."""
    with connection.cursor() as cursor:
        introspection = connection.introspection
        return {
            table.name: (
                sorted(
                    (column.name, str(column.type_code), column.null_ok)
                    for column in introspection.get_table_description(cursor, table.name)
                ),
                sorted(
                    (each["columns"], each["unique"], each["primary_key"], each["check"])
                    for each in introspection.get_constraints(cursor, table.name).values()
                ),
            )
            for table in introspection.get_table_list(cursor)
        }
