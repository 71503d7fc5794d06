"""What the site tells people about. django_inapp_notifications finds this module by its name.

Whoever switches a type off on their settings page gets none of it. What is owed to them, a
receipt or the news of a refund, is transactional: its mail offers no unsubscribing.

The words stand in ``templates/notifications/<type>``, so that everybody reads them in their own
language. A type tells several stories; ``sample`` is the one that the preview for staff shows.
"""

from datetime import timedelta
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from django_inapp_notifications.types import NotificationType, Throttle, register

BY_MAIL_TOO = ("in_app", "email")

PRICE = {"minor": 2500, "currency": "usd"}
SOON = {"at": "2026-12-04T18:00:00+00:00", "zone": "Europe/Lisbon"}
HOURS = {
    "venue": "The Undercroft",
    "starts": "2026-12-04T18:00:00+00:00",
    "ends": "2026-12-04T20:00:00+00:00",
    "zone": "Europe/Lisbon",
}

#: Registering and calling off in a loop fills no inbox and no mailbox.
BOUNDED = Throttle(limit=20, period=timedelta(hours=1))

TOURNAMENT = register(
    NotificationType(
        "tournament",
        throttle=BOUNDED,
        label=_("Tournaments"),
        description=_("Your registrations."),
        group=_("Playing"),
        channels=BY_MAIL_TOO,
        sample={"story": "registered", "name": "Glyphfall Friday", "starts": SOON},
    )
)
ORGANIZING = register(
    NotificationType(
        "organizing",
        throttle=BOUNDED,
        label=_("Tournaments that you run"),
        description=_("Who joined."),
        offered_to=lambda user: user.organized_tournaments.exists(),
        group=_("Playing"),
        sample={"player": "Nightjar", "name": "Glyphfall Friday", "taken": 10, "capacity": 16},
    )
)
COACHING = register(
    NotificationType(
        "coaching",
        throttle=BOUNDED,
        label=_("Coaching"),
        description=_("Sessions that you booked, and bookings of your sessions."),
        group=_("Playing"),
        channels=BY_MAIL_TOO,
        sample={"story": "booked", "topic": "Braking later", "coach": "Oldsalt", "starts": SOON},
    )
)
VENUES = register(
    NotificationType(
        "venues",
        throttle=BOUNDED,
        label=_("Venues"),
        description=_("Hours that you booked, and bookings of your venues."),
        group=_("Playing"),
        channels=BY_MAIL_TOO,
        sample={"story": "booked", "hours": HOURS, "amount": PRICE},
    )
)
RECEIPTS = register(
    NotificationType(
        "receipts",
        label=_("Receipts"),
        description=_("A confirmation of every payment."),
        group=_("Money"),
        channels=("email",),
        transactional=True,
        digestible=False,
        sample={"amount": PRICE, "description": "Glyphfall Friday"},
    )
)
PAYMENTS = register(
    NotificationType(
        "payments",
        label=_("Refunds"),
        description=_("Refunds, and decisions on your refund requests."),
        group=_("Money"),
        channels=BY_MAIL_TOO,
        transactional=True,
        sample={"story": "refunded", "amount": PRICE, "description": "Glyphfall Friday"},
    )
)
DISPUTES = register(
    NotificationType(
        "disputes",
        label=_("Disputes"),
        description=_("For staff: payments that customers dispute, and the deadlines to respond."),
        group=_("Money"),
        channels=BY_MAIL_TOO,
        urgent=True,
        transactional=True,
        offered_to=attrgetter("is_staff"),
        sample={
            "story": "opened",
            "amount": PRICE,
            "reason": "fraudulent",
            "about": "Cup",
            "due": SOON,
        },
    )
)
