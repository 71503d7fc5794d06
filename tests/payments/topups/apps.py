from django.apps import AppConfig


class TopupsConfig(AppConfig):
    name = "tests.payments.topups"
    label = "topups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported to register: see the module.
        from . import registered  # noqa: F401
