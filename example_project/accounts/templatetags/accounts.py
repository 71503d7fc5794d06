"""{% load accounts %}: the coloured initial that stands for a person."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import User

register = template.Library()

#: As many as site.css has colours for.
COLOURS = 6


@register.simple_tag
def avatar(user: User) -> SafeString:
    """Decoration: the name stands beside it."""
    return format_html(
        '<span class="avatar avatar-{}" aria-hidden="true">{}</span>',
        user.pk % COLOURS,
        user.get_display_name()[:1].upper(),
    )
