"""Tags of the admin's start page."""

from typing import Any

from django import template

from ..admin import desk

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting(context: Any) -> list[desk.Waiting]:
    """Return what waits for the user of the request."""
    request = context["request"]
    return desk.waiting_for(request.user, getattr(request, "current_app", None) or "admin")


@register.filter
def by_purpose(models: Any) -> list[tuple[Any, list[Any]]]:
    """Return the models of an app by what they are for."""
    return desk.grouped(models)
