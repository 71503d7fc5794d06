"""REST API: the same objects and rules as the pages, for apps and scripts.

Mounted by the site, which needs the extra ``api``::

    path("api/v1/payments/", include("django_stripe_payments.api.urls"))

Nothing of the site's REST_FRAMEWORK applies here but DEFAULT_AUTHENTICATION_CLASSES, and
``rest_framework`` need not be in INSTALLED_APPS.
"""

from ..exceptions import ConfigurationError

try:
    import rest_framework  # noqa: F401
except ImportError as error:
    msg = (
        "django_stripe_payments.api needs Django REST framework: "
        'pip install "django-stripe-payments-kit[api]".'
    )
    raise ConfigurationError(msg) from error
