from django.utils.translation import gettext_lazy as _

from .base import Channel, Outgoing


class InAppChannel(Channel):
    """The inbox. What is written is delivered: there is nothing to send."""

    name = "in_app"
    label = _("On this site")

    def send(self, outgoing: Outgoing) -> None:
        return None
