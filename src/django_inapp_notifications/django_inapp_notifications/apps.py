from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class InappNotificationsConfig(AppConfig):
    name = "django_inapp_notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks as _checks  # registers them

        autodiscover_modules("notification_types")
        del _checks
