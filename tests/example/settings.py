"""The example site, as the tests run it: its own settings, another database, and the sandbox."""

import os
import sys
from pathlib import Path

from tests.databases import databases

EXAMPLE = Path(__file__).resolve().parents[2] / "example_project"
if str(EXAMPLE) not in sys.path:
    sys.path.insert(0, str(EXAMPLE))  # where manage.py would have put it

os.environ["DEBUG"] = "true"  # as in development, where static files need no collecting

from config.csp import content_security_policy  # noqa: E402
from config.settings import *  # noqa: E402, F403

# Whatever the environment of a developer says: no test talks to Stripe, or sends mail.
SANDBOX = True
DEMO = True
STRIPE_PUBLIC_KEY = "pk_test_sandbox"
STRIPE_SECRET_KEY = "sk_test_sandbox"
STRIPE_WEBHOOK_SECRET = "whsec_sandbox"
STRIPE_API_BASE = "http://127.0.0.1:12111"
STRIPE_JS_URL = "http://127.0.0.1:12111/js/stripe.js"
SECURE_CSP = content_security_policy(STRIPE_API_BASE, STRIPE_JS_URL)

DATABASES = databases("example")
DEMO_CLOCK = None  # no test follows the demo of a developer
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECRET_KEY = "tests only"
ALLOWED_HOSTS = ["*"]
