from django.contrib import admin

from .models import Booking, CoachingSession


@admin.register(CoachingSession)
class CoachingSessionAdmin(admin.ModelAdmin):
    list_display = ("topic", "coach", "price", "currency", "starts_at", "is_booked")
    list_select_related = ("coach", "booking")


@admin.register(Booking)
class BookingAdmin(admin.ModelAdmin):
    list_display = ("session", "user", "booked_at")
    list_select_related = ("session", "user")
    raw_id_fields = ("user", "payment")
