from django.apps import AppConfig
from django.conf import settings


class SiteConfig(AppConfig):
    name = "config"
    label = "site_config"
    verbose_name = "Halftick"

    def ready(self) -> None:
        if settings.CELERY_BROKER_URL:
            # The app has to be the current one before anybody sends a task.
            from . import celery  # noqa: F401
        from . import receivers  # noqa: F401  (connects the two packages)

        if settings.DEMO_CLOCK:
            from . import demo_clock

            demo_clock.keep_following()
