"""Receivers have durable names, and are called one at a time."""

from typing import Any

import pytest

from django_stripe_payments.signals.base import FactSignal


def first(sender: Any, **named: Any) -> None: ...


def second(sender: Any, **named: Any) -> None: ...


class Sender: ...


def test_a_receiver_is_named_for_its_module_and_function() -> None:
    signal = FactSignal()
    signal.connect(first)
    assert list(signal.live_receivers(Sender)) == [f"{__name__}.first"]


def test_a_dispatch_uid_is_the_name() -> None:
    signal = FactSignal()
    signal.connect(first, dispatch_uid="mail-the-player")
    assert list(signal.live_receivers(Sender)) == ["mail-the-player"]


def test_receivers_keep_the_order_of_connection() -> None:
    signal = FactSignal()
    signal.connect(second)
    signal.connect(first)
    assert list(signal.live_receivers(Sender).values()) == [second, first]


def test_a_receiver_for_another_sender_is_not_called() -> None:
    signal = FactSignal()
    signal.connect(first, sender=Sender)
    assert list(signal.live_receivers(Sender)) == [f"{__name__}.first"]
    assert signal.live_receivers(object) == {}


def test_a_dead_receiver_is_forgotten() -> None:
    signal = FactSignal()

    def local(sender: Any, **named: Any) -> None: ...

    signal.connect(local)
    del local
    assert signal.live_receivers(Sender) == {}


def test_two_receivers_of_one_name_are_refused() -> None:
    signal = FactSignal()
    made = [lambda sender, **named: None for _ in range(2)]
    signal.connect(made[0])
    with pytest.raises(ValueError, match="dispatch_uid"):
        signal.connect(made[1])


def test_connecting_the_same_receiver_twice_is_harmless() -> None:
    signal = FactSignal()
    signal.connect(first)
    signal.connect(first)
    assert len(signal.live_receivers(Sender)) == 1


def test_a_name_that_no_column_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        FactSignal().connect(first, dispatch_uid="x" * 201)


def test_an_asynchronous_receiver_is_run_to_its_end() -> None:
    heard: list[object] = []

    async def listen(sender: Any, **named: Any) -> None:
        heard.append(sender)

    FactSignal().call(listen, Sender)
    assert heard == [Sender]
