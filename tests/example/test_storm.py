"""The same news from everywhere at once: one place, and one notification to each."""

import multiprocessing
from typing import Any

import pytest
from django.db import connections

from tests.example.storm import hear_of_it
from tests.example.world import TournamentFactory, UserFactory, titles
from tournaments.models import Participant

# The package itself is tested with eight; each one costs seconds to start.
PROCESSES = 4
PATIENCE = 300


@pytest.mark.django_db(transaction=True)
def test_one_place_and_one_notification_each_however_many_processes_hear_of_it(
    stripe_sandbox_server: Any, client: Any
) -> None:
    player = UserFactory(display_name="Nightjar")
    tournament = TournamentFactory(name="Glyphfall Friday")
    client.force_login(player)
    client.post(f"/tournaments/{tournament.pk}/register/")
    payment = player.stripe_payments.get()
    sandbox = stripe_sandbox_server.sandbox
    sandbox.confirm(payment.stripe_id)
    event = sandbox.events("payment_intent.succeeded")[0]

    spawn = multiprocessing.get_context("spawn")
    news = (*sandbox.signed(event), payment.get_absolute_url(), player.pk)
    database = str(connections["default"].settings_dict["NAME"])
    address, together = stripe_sandbox_server.url, spawn.Barrier(PROCESSES)
    running = [
        spawn.Process(target=hear_of_it, args=(database, address, news, together))
        for _ in range(PROCESSES)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(PATIENCE)
        process.kill()
    assert [process.exitcode for process in running] == [0] * PROCESSES

    assert Participant.objects.get().payment == payment
    assert titles(player) == ["You are in: Glyphfall Friday"]
    assert titles(tournament.organizer) == ["Nightjar joined Glyphfall Friday"]
