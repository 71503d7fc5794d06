"""Mail by a real connection to a server in trouble: no loss, no hang, no second Message-ID.

Time passes by the app's clock; attempts, batch sizes and leases are the defaults.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection

from django_inapp_notifications import clock
from django_inapp_notifications.conf import settings as own_settings
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import Delivery, Status
from django_inapp_notifications.services import notify
from tests.notifications.support import mailing_process
from tests.notifications.support.mail_server import MailServer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAILS = 36


@pytest.fixture
def server(settings):
    server = MailServer()
    settings.NOTIFICATION_DISPATCHER = "none"
    backend = "django.core.mail.backends.smtp.EmailBackend"
    if hasattr(mail, "mailers"):  # Django 6.1
        options = {"host": "127.0.0.1", "port": server.port}
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    else:
        settings.EMAIL_BACKEND = backend
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.go_down()


@pytest.fixture
def addresses(make_user, server):
    """Of users who have a mail waiting each."""
    users = [make_user(f"u{n:02}") for n in range(MAILS)]
    notify(users, "mail", title="x")
    return [user.email for user in users]


def sweep_for(length, *, begin=timedelta(0), step=HOUR):
    """Sweep every hour; return how far the clock is ahead afterwards."""
    for number in range(int(length / step) + 1):
        with clock.shifted(begin + step * number):
            sweep()
    return begin + length


def statuses():
    return set(Delivery.objects.values_list("status", flat=True))


def all_arrived_once(server, addresses):
    return server.addresses() == addresses and statuses() == {Status.SENT}


@pytest.mark.django_db
class TestTrouble:
    def test_a_quota_that_is_used_up_for_a_day(self, server, addresses):
        server.quota = 10
        later = sweep_for(DAY)
        assert len(server.mails) == 10
        assert statuses() == {Status.SENT, Status.PENDING}
        server.quota = None
        sweep_for(7 * HOUR, begin=later)
        assert all_arrived_once(server, addresses)

    def test_454_for_six_hours(self, server, addresses):
        server.answer = "454 4.7.0 Temporary authentication failure"
        later = sweep_for(6 * HOUR)
        assert statuses() == {Status.PENDING}
        server.answer = "250 OK"
        sweep_for(7 * HOUR, begin=later)
        assert all_arrived_once(server, addresses)

    def test_an_outage_of_a_day(self, server, addresses):
        server.go_down()
        later = sweep_for(DAY)
        assert set(Delivery.objects.values_list("status", "attempts")) == {(Status.PENDING, 0)}
        server.come_back()
        sweep_for(7 * HOUR, begin=later)
        assert all_arrived_once(server, addresses)

    def test_silence_costs_no_more_than_its_limit(self, server, addresses, settings):
        settings.NOTIFICATION_EMAIL_TIMEOUT = 1
        server.is_silent = True
        started = time.monotonic()
        sweep()
        assert time.monotonic() - started < 20
        server.is_silent = False
        sweep_for(7 * HOUR, begin=HOUR)
        assert all_arrived_once(server, addresses)

    def test_a_cut_after_the_data_gives_a_second_copy_at_worst(self, server, addresses):
        server.cuts = {1, 5, 20}
        sweep_for(12 * HOUR)
        assert statuses() == {Status.SENT}
        assert sorted(set(server.addresses())) == addresses
        assert len(server.mails) == MAILS + len(server.cuts)
        assert len(server.ids()) == MAILS


def deliver(server, seconds):
    """Sweep in another process, and return its exit code."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.notifications.settings"}
    environment |= {"DATABASE_NAME": str(connection.settings_dict["NAME"])}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, mailing_process.__file__, str(server.port), str(seconds)]
    with subprocess.Popen(command, env=environment) as process:
        server.pid = process.pid
        return process.wait()


@pytest.mark.django_db(transaction=True)
def test_kill_9_while_mails_are_sent_loses_none(server, addresses):
    """At the worst moment: the server has the mail, and its yes was not noted."""
    kills = {3, 9, 10, 25}

    def kill(number):
        if number in kills:
            os.kill(server.pid, signal.SIGKILL)

    server.on_mail = kill
    ended = []
    for number in range(len(kills) + 2):
        # What a killed one had claimed is due again when its lease ends.
        ended.append(deliver(server, number * (own_settings.NOTIFICATION_LEASE_SECONDS + 60)))
    assert ended.count(-signal.SIGKILL) == len(kills)
    assert statuses() == {Status.SENT}
    assert sorted(set(server.addresses())) == addresses
    assert len(server.mails) <= MAILS + len(kills)
    assert len(server.ids()) == MAILS
