"""All rows of the app, to see what a reconciliation changed."""

from typing import Any

from django.apps import apps

Rows = dict[str, dict[Any, dict[str, Any]]]

#: A run's own record of itself.
OF_RUNS = ("SyncRun", "SyncFinding")


def take() -> Rows:
    """Return every row of every table of the app and of the receivers', by model and key."""
    models = [
        *apps.get_app_config("django_stripe_payments").get_models(),
        *apps.get_app_config("chaos").get_models(),
    ]
    return {
        model.__name__: {row["pk"]: row for row in _rows(model)}
        for model in models
        if model.__name__ not in OF_RUNS
    }


def _rows(model: Any) -> list[dict[str, Any]]:
    return [{"pk": row[model._meta.pk.attname], **row} for row in model.objects.values()]


def changed(before: Rows, after: Rows) -> list[tuple[str, Any, dict[str, Any], list[str]]]:
    """Return the rows that differ: model, key, the row as it is or was, and the columns."""
    found = []
    for model in after:
        old, new = before[model], after[model]
        for pk in old.keys() | new.keys():
            was, now = old.get(pk, {}), new.get(pk, {})
            columns = [name for name in {*was, *now} if was.get(name) != now.get(name)]
            if columns:
                found.append((model, pk, now or was, sorted(columns)))
    return found
