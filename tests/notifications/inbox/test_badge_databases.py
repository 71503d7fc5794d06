"""Sites with a database for each tenant share a cache, and no count in it."""

import pytest
from django.db import connections

from django_inapp_notifications import inbox
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.models import Notification

tenant = "default"


class TenantRouter:
    """The database of the tenant whose turn it is."""

    def db_for_read(self, model, **hints):
        return tenant

    db_for_write = db_for_read


@pytest.fixture
def tenants(settings, tmp_path):
    """Two names of one database: what differs is what is cached."""
    global tenant
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    settings.DATABASE_ROUTERS = [TenantRouter()]
    connections["other"] = connections["default"]
    yield
    del connections["other"]
    tenant = "default"


def test_a_cached_count_is_of_one_database(user, send, tenants):
    global tenant
    send("one")
    assert unread_count(user.pk) == 1
    Notification.objects.all()._raw_delete("default")
    assert unread_count(user.pk) == 1
    tenant = "other"
    assert unread_count(user.pk) == 0


def test_a_writer_voids_the_count_that_a_reader_sees(
    user, send, tenants, django_capture_on_commit_callbacks
):
    row = send("one")
    assert unread_count(user.pk) == 1
    with django_capture_on_commit_callbacks(execute=True):
        inbox.mark_read(user, [row.pk])
    assert unread_count(user.pk) == 0
