"""What one account does one at a time, however many requests arrive together."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import User

#: A process that died while it started a payment keeps the account busy for so long.
BUSY = timedelta(minutes=1)


class AlreadyStarting(Exception):
    """The account is starting a payment in another request; the message is for its owner."""


@contextmanager
def starting_a_payment(user: Any) -> Iterator[None]:
    """Keep the user's other requests from starting a payment meanwhile.

    Stripe is not called inside a transaction, so a lock of the database would end too early:
    the claim is a column. Raises AlreadyStarting.
    """
    now = timezone.now()
    mine = User.objects.filter(pk=user.pk)
    free = Q(starting_since=None) | Q(starting_since__lt=now - BUSY)
    if not mine.filter(free).update(starting_since=now):
        raise AlreadyStarting(_("Your payment is being prepared. Continue in a moment."))
    try:
        yield
    finally:
        mine.filter(starting_since=now).update(starting_since=None)


def log_in_one_at_a_time(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let one log-in of an account end before the next one is tried.

    Otherwise guesses that arrive together all pass the limit before the first is counted.
    """

    @functools.wraps(view)
    def log_in(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.POST.get("username", "")
        if len(name) > (User._meta.get_field("username").max_length or 0):
            # No account has such a name, and it must not reach what counts failures by name.
            return render(request, "400.html", status=400)
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            User.objects.select_for_update().filter(username=name).first()
            return view(request, *args, **kwargs)

    return log_in
