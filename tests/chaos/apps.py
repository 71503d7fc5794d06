from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        from tests.chaos import receivers, tickets, travel

        travel.look()
        receivers.connect()
        tickets.sell()
