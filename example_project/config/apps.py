from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "config"
    label = "site_config"
    verbose_name = "Halftick"

    def ready(self) -> None:
        from . import receivers  # noqa: F401  (connects the two packages)
