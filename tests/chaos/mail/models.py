from django.db import models


class Call(models.Model):
    """A call of ``notify()``, written in its transaction: it is there if the call is."""

    title = models.CharField(max_length=100)
    is_poison = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title
