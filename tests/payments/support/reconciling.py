"""What the tests of reconciliation share."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.models import Payment, SyncRun
from django_stripe_payments.reconcile import runs
from django_stripe_payments.reconcile.sync import Sync

#: The steps that look at objects, for tests in which no event helps.
OBJECTS = [name for name in reconcile.steps.registered() if name not in ("events", "leftovers")]

#: A run's own record.
OF_RUNS = ("syncrun", "syncfinding")


def told(report: reconcile.Report) -> set[tuple[str, str, str]]:
    """What a report names: id, problem and outcome of each finding."""
    return {(item.object_id, item.problem, item.outcome) for item in report.findings}


def content() -> dict[str, list[Any]]:
    """Every row of the app's tables, but for the record of runs."""
    models = apps.get_app_config("django_stripe_payments").get_models()
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in models
        if model._meta.model_name not in OF_RUNS
    }


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that write, but for a run's own record of itself."""
    words = ("INSERT", "UPDATE", "DELETE", "REPLACE")
    written = [query["sql"] for query in queries if query["sql"].startswith(words)]
    return [sql for sql in written if not any(f"payments_{name}" in sql for name in OF_RUNS)]


def since_days_ago() -> int:
    """How many days a run looks back."""
    reconcile.run(steps=["open_refunds"])
    return (timezone.now() - SyncRun.objects.latest("pk").since).days


def fate_of_an_old_payment(payment: Payment) -> str:
    """What becomes of a payment that waits for its customer for eight days."""
    old = timezone.now() - timedelta(days=8)
    Payment.objects.filter(pk=payment.pk).update(created_at=old)
    reconcile.run(steps=["orphans"])
    payment.refresh_from_db()
    return payment.status


def pages_and_pauses() -> tuple[list[int], list[float]]:
    """The limits of two pages that are asked for, and how long was waited between them."""
    limits: list[int] = []

    def list_page(params: dict[str, Any]) -> Any:
        limits.append(params["limit"])
        item = SimpleNamespace(to_dict=lambda for_json: {"id": "x_1"})
        return SimpleNamespace(data=[item], has_more=len(limits) < 2)

    run, _ = runs.begin(timezone.now(), {})
    with patch("time.sleep") as slept:
        list(Sync(run).pages(list_page))
    runs.finish(run)
    return limits, [call.args[0] for call in slept.call_args_list]
