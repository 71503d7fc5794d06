"""PostgreSQL reads a user's rows from the user's index, also when they are far from the newest."""

import pytest
from django.db import connection

from django_inapp_notifications.inbox.listing import Filters, Status, _by_status
from django_inapp_notifications.models import InboxState, Message, Notification

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture
def buried(user, other_user):
    """The user has 3,000 rows, a fifth of the table, and none among the newest."""
    message = Message.objects.create(type="tournament", title="x")
    for recipient, count in [(user, 3000), (other_user, 12000)]:
        Notification.objects.bulk_create(
            Notification(recipient=recipient, message=message, type="tournament")
            for _ in range(count)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return user


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("all_read", [False, True])
def test_no_page_walks_everybodys_rows(buried, status, all_read):
    if all_read:
        newest = Notification.objects.of(buried).latest("pk").pk
        InboxState.objects.create(user=buried, read_up_to=newest)
    for rows in _by_status(buried, Filters(status=status), {}):
        plan = rows[:26].explain(analyze=True, verbose=False)
        assert "using din_notification_" in plan
        assert "Rows Removed by Filter" not in plan
        assert "pkey on django_inapp_notifications_notification" not in plan
