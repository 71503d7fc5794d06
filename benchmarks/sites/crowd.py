"""Deliveries that arrive at once, by threads with a connection each."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .base import Browser, timed

Delivery = tuple[bytes, dict[str, str]]


def post_all(path: str, deliveries: Sequence[Delivery], threads: int) -> float:
    """Post them all, and return the seconds until the last one is answered with a 200."""
    share = -(-len(deliveries) // threads)
    batches = [deliveries[at : at + share] for at in range(0, len(deliveries), share)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _number: _connect(), range(threads * 4)))
        return timed(lambda: list(pool.map(lambda each: _post(path, each), batches)))


def _connect() -> None:
    from django.db import connection

    connection.ensure_connection()


def _post(path: str, deliveries: Sequence[Any]) -> None:
    from django.db import connection

    browser = Browser()
    try:
        for body, headers in deliveries:
            status, answer = browser.send("POST", path, body, headers)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}: {answer[:500]!r}")
    finally:
        connection.close()
