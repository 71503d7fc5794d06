"""The language that somebody reads the site in, kept for what the site sends them later."""

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from .models import User


@receiver(user_logged_in)
def remember_language(sender: Any, user: User, **kwargs: Any) -> None:  # noqa: ARG001
    remember(user, get_language() or "")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Do what Django's own view does, and remember it for a member."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return render(request, "400.html", status=400)
    if request.user.is_authenticated:
        remember(request.user, chosen)
    return set_language(request)


def remember(user: Any, language: str) -> None:
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
