from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.languages import choose_language
from accounts.one_at_a_time import log_in_one_at_a_time

from . import demo_views, views

# The admin has a log-in of its own.
admin.site.login = log_in_one_at_a_time(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.customer_help, name="help"),
    path("accounts/", include("accounts.urls")),
    path("tournaments/", include("tournaments.urls")),
    path("coaching/", include("coaching.urls")),
    path("venues/", include("venues.urls")),
    path("payments/", include("django_stripe_payments.urls")),
    path("notifications/", include("django_inapp_notifications.urls")),
    path("language/setlang/", choose_language, name="set_language"),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns += [path("demo/clock/", demo_views.clock, name="demo_clock")]
    # Whatever the demo mails, anybody may read.
    urlpatterns += [path("letterbox/", include("letterbox.urls"))]
