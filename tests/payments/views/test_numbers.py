"""Keys, years and other numbers that are no amounts stay as they are on sites with separators."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from django_stripe_payments.models import Payment
from tests.payments.support.pages import KEY, every_page
from tests.support.sites import rendered_templates, shipped_templates

pytestmark = pytest.mark.django_db

#: How English, German and other languages would group the key, and a year.
GROUPED = ["1,234,567", "1.234.567", "1\u00a0234\u00a0567", "2,034", "2.034"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_template_groups_the_digits_of_a_key_or_a_year(
    own_client: Client,
    user: Any,
    payment: Payment,
    ticket_type: None,
    settings: Any,
    language: str,
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override(language), rendered_templates() as rendered:
        text = "".join(every_page(own_client, user, payment))
    assert [number for number in GROUPED if number in text] == []
    assert str(KEY) in text
    assert shipped_templates("django_stripe_payments") - rendered == set()
