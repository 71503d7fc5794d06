from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .time_zones import known_zone


class TimeZoneMiddleware:
    """Show times in the zone of whoever is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(known_zone(request.user.time_zone)):
            return self.get_response(request)
