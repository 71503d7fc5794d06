"""The sandbox's clock can be moved from outside, so that a demo moves it together with the site."""

import json
import time

import pytest
import requests

from django_stripe_payments.sandbox import Sandbox

DAY = 24 * 3600


@pytest.fixture
def server(sandbox):
    with sandbox.serve() as server:
        yield server


@pytest.fixture
def clock_command(server):
    def command(**given):
        address = f"{server.url}/_sandbox/clock"
        response = requests.post(address, json=given, timeout=10)
        return response.status_code, response.json()

    return command


def test_the_clock_moves_and_the_api_follows(server, client, clock_command) -> None:
    status, answer = clock_command(offset=40 * DAY)
    assert (status, answer["offset"]) == (200, 40 * DAY)
    assert client.v1.customers.create().created >= time.time() + 40 * DAY - 60
    shown = requests.get(f"{server.url}/_sandbox/clock", timeout=10).json()
    assert shown["offset"] == 40 * DAY


def test_the_clock_can_be_set_to_a_moment_and_back(clock_command, client) -> None:
    moment = int(time.time()) + 3 * DAY
    assert moment - 5 <= clock_command(now=moment)[1]["now"] <= moment + 60
    assert clock_command(offset=0)[1]["now"] <= time.time()


def test_what_is_due_by_then_happens(sandbox, client, clock_command, intent) -> None:
    sandbox.world.settle_after = 5 * DAY
    sandbox.confirm(intent.id, "4000000000005605")
    clock_command(offset=4 * DAY)
    assert client.v1.payment_intents.retrieve(intent.id).status == "processing"
    clock_command(offset=5 * DAY + 1)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("given", [{}, {"offset": "tomorrow"}, {"offset": None}, {"now": "nan"}])
def test_a_clock_needs_a_number(sandbox, clock_command, given) -> None:
    assert clock_command(**given)[0] == 400
    assert sandbox.world.clock.offset == 0


def test_a_restart_keeps_the_time(tmp_path) -> None:
    path = tmp_path / "state.json"
    Sandbox(state_file=path).set_clock(DAY)
    assert json.loads(path.read_text())["clock_offset"] == DAY
    assert Sandbox(state_file=path).world.clock.offset == DAY
