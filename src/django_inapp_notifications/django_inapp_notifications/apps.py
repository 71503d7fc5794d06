from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class InappNotificationsConfig(AppConfig):
    name = "django_inapp_notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from .checks import (  # noqa: F401, which registers the checks
            background,
            channels,
            database,
            moved,
            settings,
        )
        from .views.push import forget_at_login, forget_at_logout
        from .workers.celery import remember_app

        user_logged_out.connect(forget_at_logout, dispatch_uid="django_inapp_notifications.push")
        user_logged_in.connect(forget_at_login, dispatch_uid="django_inapp_notifications.push")
        autodiscover_modules("notification_types")
        remember_app()
