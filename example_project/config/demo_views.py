"""Pages that only the demo has."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from . import demo_clock

#: What the page offers: the value of its button, the step, and its label.
STEPS = (
    ("hour", timedelta(hours=1), gettext_lazy("An hour on")),
    ("day", timedelta(days=1), gettext_lazy("A day on")),
    ("week", timedelta(days=7), gettext_lazy("A week on")),
    ("month", timedelta(days=30), gettext_lazy("A month on")),
)


@login_not_required
@never_cache
def clock(request: HttpRequest) -> HttpResponse:
    """GET says what time it is in the demo; POST by staff moves every clock of it on."""
    if not settings.DEMO_CLOCK:
        raise Http404
    if request.method != "POST":
        return render(request, "demo_clock.html", {"steps": STEPS})
    if not request.user.is_staff:
        raise PermissionDenied
    step = {name: by for name, by, _label in STEPS}.get(request.POST.get("step", ""))
    if step is None:
        return render(request, "400.html", status=400)
    try:
        demo_clock.move(step)
    except demo_clock.ClockStuck:
        messages.error(
            request, _("The clock was not moved: the sandbox does not answer, or it is the end.")
        )
    else:
        messages.success(request, _("The clock was moved. Due e-mail leaves within ten seconds."))
    return redirect("demo_clock")
