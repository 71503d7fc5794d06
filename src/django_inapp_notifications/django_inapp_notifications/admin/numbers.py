"""Daily statistics. They outlive the rows from which they were counted."""

from django.contrib import admin

from ..models import DailyNumber
from .base import ReadOnlyAdmin


@admin.register(DailyNumber)
class DailyNumberAdmin(ReadOnlyAdmin):
    ordering = ["-day", "type", "channel", "metric"]
    search_fields = ["type"]
    date_hierarchy = "day"
    list_display = ["day", "type", "channel", "metric", "count"]
    list_filter = ["metric", "channel"]
