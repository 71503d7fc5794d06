"""Daily statistics. They outlive the rows from which they were counted."""

from django.contrib import admin

from ..models import DailyNumber
from .base import ReadOnlyAdmin


@admin.register(DailyNumber)
class DailyNumberAdmin(ReadOnlyAdmin):
    list_display = ["day", "type", "channel", "metric", "count"]
    list_filter = ["metric", "channel"]
