from django.db import models


class MinimumPayment(models.Model):
    stripe_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=32)


class MinimumEvent(models.Model):
    stripe_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=255)
    payload = models.JSONField()


class MinimumTurn(models.Model):
    """That a receiver has heard of a payment."""

    stripe_id = models.CharField(max_length=255)
    receiver = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stripe_id", "receiver"], name="minimum_turn_once")
        ]


class Effect(models.Model):
    """What a receiver does, ours too: it writes a row."""

    payment = models.CharField(max_length=255)
    receiver = models.IntegerField()
