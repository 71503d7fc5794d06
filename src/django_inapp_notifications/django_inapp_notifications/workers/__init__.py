"""Where deliveries are made: inline, or by Celery or Django's tasks."""
