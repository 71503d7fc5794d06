from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_user_language")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="verified_email",
            field=models.EmailField(
                blank=True,
                editable=False,
                max_length=254,
                verbose_name="confirmed e-mail address",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="starting_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
