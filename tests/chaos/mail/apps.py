from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "tests.chaos.mail"
    label = "chaos_mail"

    def ready(self) -> None:
        from django_inapp_notifications.types import NotificationType, register

        register(NotificationType("news", channels=("in_app", "email")))
