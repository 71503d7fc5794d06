from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "tests.chaos.mail"
    label = "chaos_mail"

    def ready(self) -> None:
        from django_inapp_notifications.types import NotificationType, register
        from tests.chaos import travel

        travel.look()
        # Transactional, so that what the reader reads is mailed too.
        register(NotificationType("news", channels=("in_app", "email"), transactional=True))
