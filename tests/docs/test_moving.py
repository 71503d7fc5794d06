"""The commands of the moving guides, against the tables that the other packages leave behind."""

import importlib.util
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from django_inapp_notifications.models import Notification
from django_inapp_notifications.types import NotificationType, register, type_registry
from django_stripe_payments.models import Customer
from tests.docs.pages import ROOT
from tests.example.world import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

# The columns that are read, as dj-stripe 2.11.0, pinax-stripe 4.4.0 and
# django-notifications-hq 1.8.3 create them.
TABLES = {
    "djstripe_customer": "djstripe_id integer, id varchar(255), subscriber_id integer,"
    " date_purged timestamp NULL, livemode boolean",
    "pinax_stripe_customer": "id integer, stripe_id varchar(191), user_id integer,"
    " date_purged timestamp NULL",
    "notifications_notification": "id integer, recipient_id integer, verb varchar(255),"
    " description text, unread boolean, timestamp timestamp, deleted boolean",
}


@pytest.fixture(autouse=True)
def tables() -> Any:
    with connection.cursor() as cursor:
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE TABLE {name} ({columns})")
    yield
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"DROP TABLE {name}")


@pytest.fixture
def tournament_type(monkeypatch: pytest.MonkeyPatch) -> None:
    if "tournament" not in type_registry:
        monkeypatch.setattr("django_inapp_notifications.types.type_registry", dict(type_registry))
        register(NotificationType("tournament"))


def insert(table: str, *values: Any) -> None:
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608


def command(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "code" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Command()


def test_customers_of_djstripe_move_with_their_mode() -> None:
    mine, other = UserFactory(), UserFactory()
    insert("djstripe_customer", 1, "cus_live", mine.pk, None, True)
    insert("djstripe_customer", 2, "cus_test", mine.pk, None, False)
    insert("djstripe_customer", 3, "cus_gone", other.pk, "2026-01-01 00:00:00", False)
    call_command(command("move_customers"), "djstripe", verbosity=0)
    customers = Customer.objects.values_list("user_id", "stripe_id", "livemode")
    assert list(customers) == [(mine.pk, "cus_test", False)]


def test_customers_of_pinax_move_once() -> None:
    user = UserFactory()
    insert("pinax_stripe_customer", 1, "cus_pinax", user.pk, None)
    call_command(command("move_customers"), "pinax")
    call_command(command("move_customers"), "pinax")
    assert Customer.objects.get(user=user).stripe_id == "cus_pinax"


def test_notifications_move_once_with_their_times(tournament_type: None) -> None:
    user, at = UserFactory(), "2025-03-01 12:00:00"
    insert("notifications_notification", 1, user.pk, "joined", "A team", False, at, False)
    insert("notifications_notification", 2, user.pk, "won", None, True, at, False)
    insert("notifications_notification", 3, user.pk, "won", None, True, at, True)
    insert("notifications_notification", 4, user.pk, "unheard of", None, True, at, False)
    call_command(command("move_notifications"))
    call_command(command("move_notifications"))
    rows = Notification.objects.filter(recipient=user).select_related("message").order_by("pk")
    moved = [(row.message.title, row.created_at.year, row.read_at is None) for row in rows]
    assert moved == [("Joined", 2025, False), ("Won", 2025, True)]
