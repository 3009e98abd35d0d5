"""The project that the tests observe. Engine and stores are chosen by each test."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = True
SECRET_KEY = "a secret of the tests, and of nothing else"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "project.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "sessionscope.django",
]
MIDDLEWARE = [
    "sessionscope.django.middleware.SessionscopeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TEST_DATABASE", BASE_DIR / "never-made.sqlite3"),
        "TEST": {"NAME": os.environ.get("TEST_DATABASE_OF_TESTS", ":memory:")},
    }
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_ENGINE = os.environ.get("TEST_SESSION_ENGINE", "django.contrib.sessions.backends.db")
SESSION_FILE_PATH = os.environ.get("TEST_SESSION_FILE_PATH")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING_CONFIG = None

if os.environ.get("TEST_CROWDED"):
    # What commonly stands before the session's middleware.
    INSTALLED_APPS = ["corsheaders", *INSTALLED_APPS]
    MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        *MIDDLEWARE,
    ]
    CORS_ALLOW_ALL_ORIGINS = True
    STATIC_URL = "static/"
# Django's test client asks by this name.
SESSIONSCOPE = {"allowed_hosts": ["testserver"]}
if os.environ.get("TEST_SHARED_LOG"):
    SESSIONSCOPE["log"] = os.environ["TEST_SHARED_LOG"]
if os.environ.get("TEST_ROOT"):
    SESSIONSCOPE["root"] = os.environ["TEST_ROOT"]
