"""Django's settings, from the environment (docs/hub.md): importing them needs neither a database nor a key."""

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..sealing.keys import derive_keyring, read_key
from .address import read_address
from .databases import build_database_settings

#: The folder of everything that the installation keeps beside PostgreSQL.
HUB_DATA = Path(os.environ.get("HOTLEADS_DATA") or "out/hub").resolve()
#: The installation key as text; empty until there is one.
HUB_KEY = read_key(HUB_DATA) or ""
#: The address by which browsers reach the hub. Cookies and redirects want https unless it says http.
HUB_URL = os.environ.get("HOTLEADS_HUB_URL") or read_address(HUB_DATA) or "https://localhost"

#: The address of MLflow's own pages, for links to runs; empty: runs are named, and how to see them.
HUB_MLFLOW_URL = (os.environ.get("HOTLEADS_MLFLOW_URL") or "").rstrip("/")

_address = urlsplit(HUB_URL)
_is_https = _address.scheme == "https"

SECRET_KEY = derive_keyring(HUB_KEY).web if HUB_KEY else ""
DEBUG = False
ALLOWED_HOSTS = sorted({_address.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]
ROOT_URLCONF = "hotleads.hub.site.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oauth2_provider",
    "hotleads.hub.apps.HubConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hotleads.hub.web.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hotleads.hub.web.access.SessionLimitMiddleware",
    "hotleads.hub.web.request_context.InstallationMiddleware",
    "hotleads.hub.web.access.AccessMiddleware",
]
_WEB = Path(__file__).parents[1] / "web"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "hotleads.hub.web.formats",
                "hotleads.hub.web.event_names",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hotleads.hub.web.request_context.describe_page",
            ],
        },
    }
]

MIGRATION_MODULES = {"hub": "hotleads.hub.models.migrations"}
DATABASES = {"default": build_database_settings(os.environ.get("HOTLEADS_HUB_DATABASE") or "", HUB_DATA)}

AUTH_USER_MODEL = "hub.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Sign-in (docs/security.md): a password and a second factor, or a passkey; nobody signs up by themselves.
ACCOUNT_ADAPTER = "hotleads.hub.web.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
#: Failed sign-ins: from one address, and to one account from anywhere.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
MFA_ADAPTER = "hotleads.hub.web.sign_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
#: An owner vouches for each address; nobody signs up by themselves.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https
MFA_TOTP_ISSUER = "hotleads"
MFA_TOTP_TOLERANCE = 1
# Programs (docs/api.md): client credentials alone, tokens and secrets kept as hashes.
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "SCOPES_BACKEND_CLASS": "hotleads.hub.intake.credentials.CredentialScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "CLIENT_SECRET_GENERATOR_LENGTH": 48,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    **{
        f"COMPLIANT_BCP_RFC9700_{name}": True
        for name in (
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "TOKEN_STORAGE",
        )
    },
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
PASSWORD_RESET_TIMEOUT = 24 * 3600
#: There is no mail yet: passwords are set and reset by one-time links.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
#: What lock-out counts is shared by all processes.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "hub_cache"}}

# Django sets the time zone of its process: anything else would move the times of the lab.
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)")]
LOCALE_PATHS = [_WEB.parents[1] / "language" / "locale"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [_WEB / "static", ("vendor", _WEB / "vendor")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
FORM_RENDERER = "hotleads.hub.web.forms.FieldRenderer"
#: A form's own values; files are streamed to the disk and have limits of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

SECURE_SSL_REDIRECT = _is_https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_HSTS_PRELOAD = _is_https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _is_https
SESSION_COOKIE_AGE = 12 * 3600
#: After this long without a request somebody signs in again.
HUB_IDLE_SECONDS = 2 * 3600
SESSION_COOKIE_NAME = "__Host-hotleads" if _is_https else "hotleads"
CSRF_COOKIE_NAME = "__Host-csrf" if _is_https else "csrf"
CSRF_COOKIE_SECURE = _is_https
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "hotleads.hub.web.errors.show_expired_form"
X_FRAME_OPTIONS = "DENY"


def _drop_traceback_of_refusal(record: logging.LogRecord) -> bool:
    if record.levelno < logging.ERROR:  # whoever sends half a form is told; it is no fault of ours
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refusal": {"()": "django.utils.log.CallbackFilter", "callback": _drop_traceback_of_refusal}},
    "loggers": {"django.request": {"filters": ["refusal"]}},
}
