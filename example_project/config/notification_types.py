"""What the site tells people about. django_inapp_notifications finds this module by its name."""

from django.utils.translation import gettext_lazy as _

from django_inapp_notifications.types import NotificationType, register

TOURNAMENT = register(
    NotificationType(
        "tournament",
        label=_("Tournaments"),
        description=_("Your registrations, and those for the tournaments that you run."),
        group=_("Playing"),
    )
)
COACHING = register(
    NotificationType(
        "coaching",
        label=_("Coaching"),
        description=_("Sessions that you booked, and bookings of your sessions."),
        group=_("Playing"),
    )
)
PAYMENTS = register(
    NotificationType(
        "payments",
        label=_("Payments"),
        description=_("Refunds, and what became of your requests for one."),
        group=_("Money"),
    )
)
