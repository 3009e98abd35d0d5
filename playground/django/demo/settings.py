"""Settings of the demo. The environment chooses where sessions are kept:

DEMO_SESSION_ENGINE   db (default), cache, cached_db, file, signed_cookies
DEMO_DATABASE         a file for SQLite, or postgresql://user:password@host:port/name
DEMO_SCHEMA           PostgreSQL's schema for the tables, made where it is missing
DEMO_REDIS            redis://… for the cache engines, and for a log that several processes share
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = True
SECRET_KEY = "a secret of the demo, and of nothing else"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
ASGI_APPLICATION = "demo.asgi.application"
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.sessions",
    "sessionscope.django",
    "demo",
]
MIDDLEWARE = [
    "demo.middleware.scenario_middleware",
    "django.middleware.security.SecurityMiddleware",
    "sessionscope.django.middleware.SessionscopeMiddleware",
    "demo.middleware.DemoSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]


def _database() -> dict[str, object]:
    place = os.environ.get("DEMO_DATABASE", str(BASE_DIR / "demo.sqlite3"))
    if "://" not in place:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place}
    url = urlsplit(place)
    schema = os.environ.get("DEMO_SCHEMA")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.hostname,
        "PORT": url.port,
        **({"OPTIONS": {"options": f"-c search_path={schema}"}} if schema else {}),
    }


DATABASES = {"default": _database()}
REDIS = os.environ.get("DEMO_REDIS")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS,
        "KEY_PREFIX": os.environ.get("DEMO_KEY_PREFIX", ""),
    }
    if REDIS
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
SESSION_ENGINE = f"django.contrib.sessions.backends.{os.environ.get('DEMO_SESSION_ENGINE', 'db')}"
SESSION_FILE_PATH = os.environ.get("DEMO_SESSION_FILE_PATH")
SESSION_COOKIE_AGE = 3600
#: The handlers of the bugs lie beside the demo.
SESSIONSCOPE = {"root": str(BASE_DIR.parent), "project": "django"}
if os.environ.get("DEMO_SHARED_LOG"):
    SESSIONSCOPE["log"] = os.environ["DEMO_SHARED_LOG"]
