"""The pages of a payment."""

from typing import Any

from django.urls import reverse

from ..database.primary import Stored
from . import guest_links


class Linked(Stored):
    """Base of a payment, which has pages of its own."""

    user_id: Any

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return reverse("django_stripe_payments:payment_success", args=[self.pk])

    @property
    def checkout_url(self) -> str:
        """The path of the checkout of this payment."""
        return f"{reverse('django_stripe_payments:checkout')}?payment_id={self.pk}"

    @property
    def guest_checkout_url(self) -> str:
        """The path of the checkout for a guest, signed, for a payment without a user.

        It opens only this payment, and expires after STRIPE_GUEST_LINK_MAX_AGE seconds. For a
        user's payment, which requires logging in, it is ``checkout_url``.
        """
        return guest_links.with_token(self.checkout_url, self)

    @property
    def authenticate_url(self) -> str:
        """The path of the page on which the customer confirms a charge of a saved card."""
        return reverse("django_stripe_payments:payment_authenticate", args=[self.pk])
