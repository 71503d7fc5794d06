"""A site that upgrades keeps its rows, and ends with the tables of a site that begins today."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.upgrades.snapshots import (
    NAMES,
    Snapshot,
    current_migrations,
    forget,
    frozen,
    restore,
    rows_of,
    schema,
    take,
)
from tests.upgrades.stories import STORIES

(APP,) = (name for name in NAMES.values() if apps.is_installed(name))
# The tree as it would be released today is tried too, so that the first release is no leap.
TODAY = Snapshot(APP, Path())


def test_a_released_migration_is_never_changed() -> None:
    """Sites have run it: what it would do now, it will not do there."""
    now = current_migrations(APP)
    changed = [
        f"{snapshot.folder.name}/{name}"
        for snapshot in frozen(APP)
        for name, source in snapshot.migrations().items()
        if now.get(name) != source
    ]
    assert changed == []


@pytest.mark.django_db(transaction=True)
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "snapshot", [*frozen(APP), TODAY], ids=lambda each: each.folder.name or "today"
)
def test_the_rows_of_a_release_survive_the_upgrade(
    snapshot: Snapshot, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = schema()
    if snapshot == TODAY:
        STORIES[APP]()
        snapshot = take(APP, tmp_path / "today")
    monkeypatch.syspath_prepend(snapshot.folder.parent)
    try:
        forget(APP)
        settings.MIGRATION_MODULES = {APP: f"{snapshot.folder.name}.migrations"}
        call_command("migrate", verbosity=0)
        apps.get_model("auth.User").objects.all().delete()
        restore(snapshot)
    finally:
        settings.MIGRATION_MODULES = {}
        call_command("migrate", verbosity=0)
    assert schema() == fresh
    assert changed_rows(snapshot) == []


def changed_rows(snapshot: Snapshot) -> list[str]:
    """Rows that are gone, or of which a field that there still is holds something else."""
    now = {(row["model"], row["pk"]): row["fields"] for row in rows_of(APP)}
    changed = []
    for row in snapshot.rows:
        fields = now.get((row["model"], row["pk"]), {})
        same = all(row["fields"].get(name, value) == value for name, value in fields.items())
        if not (fields and same):
            changed.append(f"{row['model']} {row['pk']}")
    return changed


@pytest.mark.django_db(transaction=True)
def test_a_site_that_begins_today_has_applied_every_migration() -> None:
    applied = {
        name for app, name in MigrationRecorder(connection).applied_migrations() if app == APP
    }
    assert applied == {name.removesuffix(".py") for name in current_migrations(APP)}
