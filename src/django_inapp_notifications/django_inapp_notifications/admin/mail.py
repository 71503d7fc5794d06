"""What a delivery says, rendered again for support. Nothing of it runs on the admin's pages."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext

from ..channels.mail import render_mail
from ..content.rendering import for_recipient
from ..content.text import error_text
from ..delivery.context import load_contexts
from ..delivery.deliver import outgoing_for
from ..models import Delivery
from ..quiet_hours import zone_of

#: No script, no form and no frame; images as in a mail program.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"


@dataclass(frozen=True)
class Rendered:
    """One mail, in the recipient's language and time zone, without the unsubscribe link."""

    subject: str
    text: str
    html: str


def rendered(delivery: Delivery) -> Rendered:
    """Render a delivery as a mail of today's templates; an error is shown in place of the text."""
    try:
        (context,) = load_contexts([delivery])
        zone = zone_of(context.preferences.settings.time_zone)
        with for_recipient(context.user, zone):
            # The link to unsubscribe works without a log-in, so it is the recipient's alone.
            return Rendered(*render_mail(outgoing_for(context), unsubscribe=""))
    except Exception as error:  # a template of the site, or what it needs is gone
        problem = gettext("It can't be rendered any more: %(error)s")
        return Rendered("", problem % {"error": error_text(error)}, "")


def sandboxed(html: str) -> HttpResponse:
    """The HTML of a mail as a page of its own, where nothing of it can run."""
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})
