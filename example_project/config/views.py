from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from django_stripe_payments import clock
from tournaments.models import Tournament


def home(request: HttpRequest) -> HttpResponse:
    coming = Tournament.objects.with_taken().filter(
        starts_at__gt=clock.now(), registration_open=True, called_off_at=None
    )
    return render(request, "home.html", {"tournaments": coming.select_related("organizer")[:3]})


def customer_help(request: HttpRequest) -> HttpResponse:
    """What customers ask about cards, refunds, notifications and security."""
    return render(request, "help.html")
