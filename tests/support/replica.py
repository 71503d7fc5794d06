"""Django's documented primary and replica router, with a replica that is one request behind.

The replica is a second connection to the test's database. It reads in one transaction, which sees
the database as it was when the request, or the block, began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.core.signals import request_started
from django.db import connections
from django.test import override_settings

ALIAS = "replica"

#: Database → how a transaction begins that keeps seeing what it saw first.
BEGIN = {
    "sqlite": ["BEGIN DEFERRED"],
    "postgresql": ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
    # Django's connections are READ COMMITTED there, for which a snapshot means nothing.
    "mysql": [
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ],
}


class Router:
    """As in Django's documentation: reads from the replica, writes to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"


def catch_up(**_named: Any) -> None:
    """Let the replica see what is committed now, and nothing that comes later."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
        _begin(connection, cursor)
        # SQLite and PostgreSQL take the snapshot with the first read.
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        cursor.fetchone()


def _begin(connection: Any, cursor: Any) -> None:
    for statement in BEGIN[connection.vendor]:
        cursor.execute(statement)


@contextmanager
def one_request_behind() -> Iterator[Callable[..., None]]:
    """Read from a replica inside the block; yield what lets it catch up outside requests.

    The test must commit: ``django_db(transaction=True)``.
    """
    own = deepcopy(connections["default"].settings_dict)
    # SQLite: a reader that begins as a writer would keep the primary waiting.
    own["OPTIONS"].pop("transaction_mode", None)
    # Not among the settings, so that neither Django's tests nor the end of a request close it.
    connection = connections[ALIAS] = type(connections["default"])(own, ALIAS)
    with connection.cursor() as cursor:
        _begin(connection, cursor)
    catch_up()
    request_started.connect(catch_up, dispatch_uid="replica")
    try:
        with override_settings(DATABASE_ROUTERS=["tests.support.replica.Router"]):
            yield catch_up
    finally:
        request_started.disconnect(dispatch_uid="replica")
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
        connection.close()
        del connections[ALIAS]
