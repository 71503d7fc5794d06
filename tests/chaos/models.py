from django.db import models


class Effect(models.Model):
    """What a receiver did. Nothing keeps it from being there twice, so that a repetition shows."""

    receiver = models.CharField(max_length=50)
    fact = models.CharField(max_length=255)

    def __str__(self) -> str:
        return f"{self.receiver}: {self.fact}"
