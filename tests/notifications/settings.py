"""A site with the notifications app alone."""

from pathlib import Path

import django

from tests.databases import databases

SECRET_KEY = "tests only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DATABASES = databases("notifications")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_inapp_notifications",
    # A worker that takes its tasks from the database. Django 5.2 needs the tasks themselves too.
    *(["django_tasks"] if django.VERSION < (6,) else []),
    "django_tasks_db",
]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
MIDDLEWARE = [
    "tests.notifications.support.strict_csp.strict_csp",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "tests.notifications.urls"
STATIC_URL = "/static/"
LOGIN_URL = "/admin/login/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
NOTIFICATION_BASE_URL = "https://example.com"
NOTIFICATION_CHANNELS = [
    "django_inapp_notifications.channels.in_app.InAppChannel",
    "django_inapp_notifications.channels.email.EmailChannel",
    "tests.notifications.support.channels.RecordingChannel",
]
if django.VERSION >= (6, 1):  # which wants mailers to be named
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
else:  # for processes that no test runner has set up
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
