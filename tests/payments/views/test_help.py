"""The help texts for customers can be included anywhere."""

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize("name", ["cards", "refunds", "security"])
def test_a_help_text_needs_no_context(name: str) -> None:
    text = render_to_string(f"django_stripe_payments/help/{name}.html")
    assert text.count("<h2>") == 1
    assert "<li>" in text
