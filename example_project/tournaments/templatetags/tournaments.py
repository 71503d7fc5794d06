"""{% load tournaments %}: the meter that shows places as ticks."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ..models import Tournament

register = template.Library()

#: Above this many, single ticks are too thin to see, so one stands for several places.
MOST_TICKS = 32


@register.simple_tag
def tick_meter(tournament: Tournament) -> SafeString:
    """One tick per place, lit where it is taken. Decoration: the numbers stand beside it."""
    ticks = min(tournament.capacity, MOST_TICKS)
    lit = round(ticks * min(tournament.places_taken / tournament.capacity, 1))
    bars = "".join(
        f'<rect class="{"on" if tick < lit else "off"}" x="{tick * 4}" width="3" height="10"/>'
        for tick in range(ticks)
    )
    return format_html(
        '<svg class="ticks" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false">{}</svg>',
        ticks * 4 - 1,
        mark_safe(bars),  # noqa: S308  (made of numbers, above)
    )
