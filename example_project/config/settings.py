"""The example site's settings, read from the environment.

Nothing needs to be set for the demo: ``manage.py demo`` asks for DEBUG, and then runs on SQLite and
pays at the sandbox. Give it STRIPE_PUBLIC_KEY, STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, and it
talks to Stripe itself. Without DEBUG nothing is assumed: a site that forgot a variable stops or
refuses, and never falls back on a key that everybody knows.
A file .env beside manage.py is read too; what the environment says comes first.
"""

from datetime import timedelta
from pathlib import Path

import django
from environs import Env

from .csp import content_security_policy
from .databases import database_settings
from .logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

#: Whatever the site writes: the database, the sandbox's memory, collected static files.
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")

# --- the site ----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
# Outside of development there is no default: the site does not start without a key of its own.
SECRET_KEY = env.str("SECRET_KEY", *(["insecure, for the demo only"] if DEBUG else []))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
SITE_NAME = "Halftick"
#: A CDN in front of the files is named here: https://cdn.example.com/static/
STATIC_URL = env.str("STATIC_URL", "static/")

INSTALLED_APPS = [
    # What wires the two packages together, and the site's own commands.
    "config.apps.SiteConfig",
    "accounts",
    "tournaments",
    "coaching",
    "venues",
    "letterbox",
    "django_stripe_payments",
    "django_inapp_notifications",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    (
        "django.middleware.csp.ContentSecurityPolicyMiddleware"
        if django.VERSION >= (6, 0)
        else "config.csp.ContentSecurityPolicyMiddleware"
    ),
    # runserver serves static files itself while DEBUG is on.
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, as it says: it turns a refused log-in into the page that says for how long.
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the packages' own templates, so that their pages take the site's look.
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    }
]

# --- data --------------------------------------------------------------------------------------

DATABASES = database_settings(
    env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'demo.sqlite3'}"),
    replica=env.dj_db_url("REPLICA_URL") if env.str("REPLICA_URL", "") else None,
    pool_size=env.int("DATABASE_POOL", 0),
)
DATABASE_ROUTERS = ["config.reporting.ReportingRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    # Rate limits and unread counts are counted here: every process has to see the same numbers.
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }

# --- background work ---------------------------------------------------------------------------

#: Without a broker everything is done in the process that took the request.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")
if CELERY_BROKER_URL:
    STRIPE_DISPATCHER = "celery"
    NOTIFICATION_DISPATCHER = "celery"

# --- accounts ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "tournaments:list"
LOGOUT_REDIRECT_URL = "home"

#: Limits log-ins, and what the payments package limits.
RATE_LIMIT_ENABLED = env.bool("RATE_LIMIT_ENABLED", True)
#: So many failed log-ins lock an account, for so many seconds.
MAX_LOGIN_ATTEMPTS = env.int("MAX_LOGIN_ATTEMPTS", 5)
ACCOUNT_LOCK_DURATION = env.int("ACCOUNT_LOCK_DURATION", 3600)

AXES_ENABLED = RATE_LIMIT_ENABLED
AXES_FAILURE_LIMIT = MAX_LOGIN_ATTEMPTS
AXES_COOLOFF_TIME = timedelta(seconds=ACCOUNT_LOCK_DURATION)
# The account, wherever the guesses come from: an attacker has many addresses.
AXES_LOCKOUT_PARAMETERS = ["username"]
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # it asks for addresses, which are cheap
AXES_RESET_ON_SUCCESS = True
# Further tries do not prolong it, so that nobody can lock somebody else out for good by one request
# an hour.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False

# --- Stripe ------------------------------------------------------------------------------------

#: Without a secret key the sandbox stands in for Stripe, in development only: its keys are public,
#: and a real site that forgot its own must not trust them.
SANDBOX = bool(env.str("STRIPE_API_BASE", "")) or (DEBUG and not env.str("STRIPE_SECRET_KEY", ""))
SANDBOX_ADDRESS = "http://127.0.0.1:12111"

STRIPE_PUBLIC_KEY = env.str("STRIPE_PUBLIC_KEY", "pk_test_sandbox" if SANDBOX else "")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "") or ("sk_test_sandbox" if SANDBOX else "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "whsec_sandbox" if SANDBOX else "")
if SANDBOX:
    STRIPE_API_BASE = env.str("STRIPE_API_BASE", "") or SANDBOX_ADDRESS
    STRIPE_JS_URL = env.str("STRIPE_JS_URL", "") or f"{STRIPE_API_BASE}/js/stripe.js"
    SECURE_CSP = content_security_policy(STRIPE_API_BASE, STRIPE_JS_URL, static_url=STATIC_URL)
else:
    SECURE_CSP = content_security_policy(static_url=STATIC_URL)

STRIPE_RATE_LIMIT = RATE_LIMIT_ENABLED
#: A scope of the site's own, in addition to the package's: an address may be a whole school.
STRIPE_RATE_LIMITS = {"sign_up": {"address": "30/h"}}
STRIPE_TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
# Hours at a venue can't be given back once they were used; coaching has its own policy.
STRIPE_REFUND_WINDOW_DAYS = {"default": 14, "coaching_session": 0, "venue_hours": 0}

#: Shows the demo's log-ins and test cards. The accounts have passwords that everybody knows.
DEMO = env.bool("DEMO", DEBUG)
#: Where the demo keeps by how much its clocks are ahead; see config/demo_clock.py. Only where the
#: sandbox plays Stripe, whose clock can be moved too.
DEMO_CLOCK = VAR_DIR / "clock.json" if DEMO and SANDBOX else None

# --- notifications -----------------------------------------------------------------------------

NOTIFICATION_EXPIRY_DAYS = env.int("NOTIFICATION_EXPIRY_DAYS", 90)
NOTIFICATION_MAX_PER_USER = env.int("NOTIFICATION_MAX_PER_USER", 1000)
NOTIFICATION_BASE_URL = env.str("SITE_URL", "")

# --- e-mail ------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Halftick <noreply@halftick.example>")
#: Where the demo keeps the mail that it would have sent, to be read at /letterbox/.
LETTERBOX_DIR = VAR_DIR / "letterbox"
LETTERBOX = "letterbox.backend.LetterboxBackend"
_console = "django.core.mail.backends.console.EmailBackend"
_mail_backend = env.str("EMAIL_BACKEND", LETTERBOX if DEMO else _console)
_mail_server = {
    "host": env.str("EMAIL_HOST", "localhost"),
    "port": env.int("EMAIL_PORT", 587),
    "use_tls": env.bool("EMAIL_USE_TLS", True),
    "username": env.str("EMAIL_HOST_USER", ""),
    "password": env.str("EMAIL_HOST_PASSWORD", ""),
}
if django.VERSION >= (6, 1):
    MAILERS = {
        "default": {
            "BACKEND": _mail_backend,
            # The others take no server.
            "OPTIONS": _mail_server if _mail_backend.endswith("smtp.EmailBackend") else {},
        }
    }
else:
    EMAIL_BACKEND = _mail_backend
    EMAIL_HOST = _mail_server["host"]
    EMAIL_PORT = _mail_server["port"]
    EMAIL_USE_TLS = _mail_server["use_tls"]
    EMAIL_HOST_USER = _mail_server["username"]
    EMAIL_HOST_PASSWORD = _mail_server["password"]

# --- security ----------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", not DEBUG)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", not DEBUG)
#: Seconds for which browsers refuse to come by http: a year.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)
if STRIPE_TRUSTED_PROXIES:
    # Only behind a proxy of ours: elsewhere a visitor could claim to come by https.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
# Stripe.js needs no referrer, and other sites need not learn which pages people come from.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- languages, time, files --------------------------------------------------------------------

LANGUAGE_CODE = "en"
#: What the site and both packages speak; visitors choose at the foot of each page.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")

STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
if not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        # Names with hashes: a CDN may keep the files for ever.
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# --- logging -----------------------------------------------------------------------------------

LOGGING = logging_settings(
    None if DEBUG else env.path("LOG_DIR", VAR_DIR / "log"),
    env.str("LOG_LEVEL", "INFO"),
    rotate=env.bool("LOG_ROTATE", True),
)
