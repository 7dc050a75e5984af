"""Django's settings, from the environment (docs/hub.md): importing them needs neither a database nor a key."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..sealing.keys import derive_keyring, read_key
from .databases import build_database_settings

#: The folder of everything that the installation keeps beside PostgreSQL.
HUB_DATA = Path(os.environ.get("HOTLEADS_DATA") or "out/hub").resolve()
#: The installation key as text; empty until there is one.
HUB_KEY = read_key(HUB_DATA) or ""
#: The address by which browsers reach the hub. Cookies and redirects want https unless it says http.
HUB_URL = os.environ.get("HOTLEADS_HUB_URL") or "https://localhost"

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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "hotleads.hub.apps.HubConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"

# Django sets the time zone of its process: anything else would move the times of the lab.
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"

SECURE_SSL_REDIRECT = _is_https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_HSTS_PRELOAD = _is_https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _is_https
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = _is_https
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
