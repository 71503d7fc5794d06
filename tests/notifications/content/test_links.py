"""Links that leave the site: one base address, whatever the site is called and wherever it lies."""

import pytest
from django.core import mail
from django.db import connection
from django.urls import set_script_prefix

from django_inapp_notifications.checks import settings as checks
from django_inapp_notifications.content.links import absolute_link, site_host, site_name
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.services import notify


@pytest.fixture
def script_name():
    yield set_script_prefix
    set_script_prefix("/")


@pytest.fixture
def with_sites(settings, db):
    """django.contrib.sites with an empty table, which ends with the test."""
    settings.NOTIFICATION_BASE_URL = ""
    # Without the admin, which would register the model for all later tests.
    others = [each for each in settings.INSTALLED_APPS if each != "django.contrib.admin"]
    settings.INSTALLED_APPS = [*others, "django.contrib.sites"]
    with connection.cursor() as cursor:
        columns = "id integer PRIMARY KEY, domain varchar(100), name varchar(50)"
        cursor.execute(f"CREATE TEMPORARY TABLE django_site ({columns})")
    yield
    # A plain DROP TABLE ends the test's transaction on MariaDB, so that its rows would stay.
    drop = "DROP TEMPORARY TABLE" if connection.vendor == "mysql" else "DROP TABLE"
    with connection.cursor() as cursor:
        cursor.execute(f"{drop} django_site")


@pytest.mark.parametrize("base", ["https://example.com/shop", "https://example.com/shop/"])
@pytest.mark.parametrize("prefix", ["/shop/", "/"])
def test_a_site_below_a_path_is_linked_below_it(settings, script_name, base, prefix):
    """Requests know SCRIPT_NAME, a worker may not."""
    settings.NOTIFICATION_BASE_URL = base
    script_name(prefix)
    path = prefix + "notifications/1/"
    assert absolute_link(path) == "https://example.com/shop/notifications/1/"


def test_a_stored_link_that_has_the_path_gets_no_second_one(settings):
    settings.NOTIFICATION_BASE_URL = "https://example.com/shop"
    assert absolute_link("/shop/cups/1/") == "https://example.com/shop/cups/1/"
    assert absolute_link("/shopping/") == "https://example.com/shop/shopping/"


def test_a_path_of_the_site_may_be_called_like_the_path_above_it(settings, script_name):
    settings.NOTIFICATION_BASE_URL = "https://example.com/shop"
    script_name("/shop/")
    assert absolute_link("/shop/shop/1/") == "https://example.com/shop/shop/1/"


def test_a_base_without_a_path_keeps_the_script_name(script_name):
    script_name("/shop/")
    assert absolute_link("/shop/cups/1/") == "https://example.com/shop/cups/1/"


def test_a_proxy_may_publish_another_path(settings, script_name):
    settings.NOTIFICATION_BASE_URL = "https://example.com/public"
    script_name("/inner/")
    assert absolute_link("/inner/cups/1/") == "https://example.com/public/cups/1/"


def test_an_international_host_is_ascii_in_links_and_readable_in_words(settings, user):
    settings.NOTIFICATION_BASE_URL = "https://münchen.example:8443"
    notify(user, "mail", title="Hello")
    deliver_due()
    message = mail.outbox[0].message()
    assert absolute_link("/") == "https://xn--mnchen-3ya.example:8443/"
    assert message["Message-ID"].endswith("@xn--mnchen-3ya.example>")
    assert message["List-Unsubscribe"].isascii()
    assert "settings on münchen.example." in mail.outbox[0].body


def test_an_ipv6_host_keeps_its_brackets(settings):
    settings.NOTIFICATION_BASE_URL = "http://[::1]:8000"
    assert absolute_link("/x/") == "http://[::1]:8000/x/"


@pytest.mark.parametrize("site_id", [None, 7])
def test_without_a_current_site_mail_is_sent_without_links(with_sites, settings, user, site_id):
    if site_id:
        settings.SITE_ID = site_id  # of a site that does not exist
    notify(user, "mail", title="Hello")
    deliver_due()
    assert mail.outbox[0].subject == "Hello"
    assert absolute_link("/") == ""
    assert (site_host(), site_name()) == ("localhost", "localhost")


def test_a_missing_site_id_is_reported(with_sites, settings):
    assert [each.id for each in checks.check_site_id()] == ["django_inapp_notifications.W011"]
    settings.SITE_ID = 1
    assert checks.check_site_id() == []


@pytest.mark.parametrize(
    "address",
    [
        "example.com",
        "ftp://example.com",
        "https://",
        "https://example.com?x=1",
        "https://example.com/#x",
        "https://me:pw@example.com",
        "https://exa..mple\u00e4.com",
        "https://example.com:port",
    ],
)
def test_an_address_that_links_cannot_start_with_is_reported(settings, address):
    settings.NOTIFICATION_BASE_URL = address
    assert [each.id for each in checks.check_base_url()] == ["django_inapp_notifications.E003"]
    assert absolute_link("/x/") == ""
