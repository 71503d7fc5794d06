"""A resource is one module: it brings its routes, its kind of object and what is due in time."""

import json
import sys

import pytest

from django_stripe_payments.sandbox import Sandbox, resources
from django_stripe_payments.sandbox.http.routes import registered
from django_stripe_payments.sandbox.world.timetable import ACTIONS

GIFTS = """
from django_stripe_payments.sandbox.wire.calls import Route
from django_stripe_payments.sandbox.world.kinds import Kind, declare
from django_stripe_payments.sandbox.world.timetable import ACTIONS

declare(Kind("gift", "gi"))


def create(world, call):
    gift = world.create(lambda **fields: {"object": "gift", "opened": False, **fields})
    world.timetable.add(world.clock() + 60, "open", gift["id"])
    return gift


def unwrap(world, gift_id):
    world.store.find("gift", gift_id)["opened"] = True


ACTIONS["open"] = unwrap
ROUTES = (Route("POST", "/v1/gifts", create),)
"""


@pytest.fixture
def gifts(tmp_path, monkeypatch):
    (tmp_path / "gifts.py").write_text(GIFTS)
    monkeypatch.setattr(resources, "__path__", [*resources.__path__, str(tmp_path)])
    yield
    sys.modules.pop(f"{resources.__name__}.gifts", None)
    ACTIONS.pop("open", None)


def test_a_new_module_needs_no_other_to_change(gifts) -> None:
    sandbox = Sandbox()
    key = {"Authorization": "Bearer sk_test_x"}
    gift = json.loads(sandbox.app.handle("POST", "/v1/gifts", key, b"").body)
    assert gift["id"].startswith("gi_")
    sandbox.advance(61)
    assert sandbox.object(gift["id"])["opened"] is True


def test_no_two_routes_answer_the_same_call() -> None:
    calls = [(route.method, route.pattern) for route in registered()]
    assert len(calls) == len(set(calls))
