"""System checks of the database itself, which migrate, check --database and the doctor run."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ..models import Notification

#: Both character sets that a text passes, and those of the columns that keep it.
SESSION = "SELECT @@character_set_connection, @@character_set_database"
COLUMNS = """
SELECT DISTINCT character_set_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name LIKE %s AND character_set_name IS NOT NULL
"""


@register(Tags.database)
def check_character_set(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """E024: MySQL or MariaDB uses a character set without emoji, such as utf8mb3."""
    return [
        Error(
            f"The database {alias!r} uses the character set {name!r}, which is not supported: a "
            "notification with an emoji could not be stored.",
            hint='Use "charset": "utf8mb4" in OPTIONS, and convert the database and the tables '
            "(ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4).",
            id="django_inapp_notifications.E024",
        )
        for alias in databases or []
        if connections[alias].vendor == "mysql"
        for name in sorted(_character_sets(connections[alias]) - {"utf8mb4"})
    ]


def _character_sets(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
        names = set(cursor.fetchone())
        cursor.execute(COLUMNS, [f"{Notification._meta.app_label}\\_%"])
        return names | {name for (name,) in cursor.fetchall()}
