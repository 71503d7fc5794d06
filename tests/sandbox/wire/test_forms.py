"""Stripe's nested form encoding."""

import pytest

from django_stripe_payments.sandbox.wire.errors import ApiError
from django_stripe_payments.sandbox.wire.forms import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("metadata[0]=x", {"metadata": {"0": "x"}}),
        ("a=%5Bx%5D&b=%C3%A9", {"a": "[x]", "b": "é"}),
    ],
)
def test_parse(text, expected) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "[a]=1", "a[=1", "a" + "[b]" * 20 + "=1"])
def test_what_makes_no_sense_is_refused(text) -> None:
    with pytest.raises(ApiError):
        parse(text)
