"""Browsers that are subscribed to web push."""

from django.contrib import admin

from ..models import PushSubscription
from .base import ReadOnlyAdmin


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    person = "user"
    list_display = ["user", "created_at"]
    list_select_related = ["user"]
    # With these, anyone could send to that browser.
    exclude = ["endpoint", "p256dh", "auth"]
