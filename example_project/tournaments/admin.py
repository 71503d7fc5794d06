from django.contrib import admin

from .models import Participant, Tournament


class ParticipantInline(admin.TabularInline):
    model = Participant
    extra = 0
    raw_id_fields = ("user", "payment")
    readonly_fields = ("registered_at",)


@admin.register(Tournament)
class TournamentAdmin(admin.ModelAdmin):
    list_display = (
        "name",
        "game",
        "organizer",
        "entry_fee",
        "currency",
        "capacity",
        "starts_at",
        "registration_open",
    )
    list_filter = ("game", "registration_open")
    search_fields = ("name",)
    list_select_related = ("organizer",)
    inlines = (ParticipantInline,)
