from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coaching", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="coachingsession",
            name="called_off_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="called off"
            ),
        ),
    ]
