"""Where the work is done: inline, or by Celery or Django's tasks."""
