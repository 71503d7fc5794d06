"""manage.py move_notifications: take the rows of django-notifications-hq over, by its table.

No one is notified again: the copies are in-app only, with their old times. It can be run again.
"""

from datetime import UTC

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from django_inapp_notifications.services import notify

#: Your declared types by the verbs of old; what has none stays behind.
TYPES = {"joined": "tournament", "won": "tournament"}

QUERY = (
    "SELECT id, recipient_id, verb, description, unread, timestamp"
    " FROM notifications_notification WHERE NOT deleted AND id > %s ORDER BY id LIMIT 1000"
)


class Command(BaseCommand):
    help = "Take over the notifications of django-notifications-hq."

    def handle(self, **options):
        last, moved = 0, 0
        while rows := self.rows_after(last):
            for row in rows:
                last = row[0]
                moved += self.move(*row)
        self.stdout.write(f"{moved} notifications moved")

    def rows_after(self, last):
        with connection.cursor() as cursor:
            cursor.execute(QUERY, [last])
            return cursor.fetchall()

    @transaction.atomic
    def move(self, pk, recipient_id, verb, description, unread, timestamp):
        if verb not in TYPES:
            return 0
        sent = notify(
            recipient_id,
            TYPES[verb],
            title=verb.capitalize(),
            message=description or "",
            delivery_methods=["in_app"],
            dedupe_key=f"django-notifications-{pk}",
        )
        if sent.count:
            # SQLite and MariaDB keep times without a zone: they are in UTC.
            at = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
            sent.notifications.update(created_at=at, read_at=None if unread else at)
        return sent.count
