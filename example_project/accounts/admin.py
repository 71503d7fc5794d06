from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from .models import User


@admin.register(User)
class SiteUserAdmin(UserAdmin):
    list_display = ("username", "display_name", "email", "is_staff")
    fieldsets = (
        *UserAdmin.fieldsets,
        (_("On the site"), {"fields": ("display_name", "time_zone")}),
    )
