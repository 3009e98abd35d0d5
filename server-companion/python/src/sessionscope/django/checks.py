"""System checks: each with an id, what is wrong, and what to write."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from .conf import read_options
from .verdict import DUMMY_CACHE

APP = "sessionscope.django"
MIDDLEWARE = "sessionscope.django.middleware.SessionscopeMiddleware"
DJANGOS = "django.contrib.sessions.middleware.SessionMiddleware"
DATABASE_ENGINES = (
    "django.contrib.sessions.backends.db",
    "django.contrib.sessions.backends.cached_db",
)
CACHE_ENGINES = (
    "django.contrib.sessions.backends.cache",
    "django.contrib.sessions.backends.cached_db",
)


def _class_of(path: Any) -> Any:
    try:
        return import_string(path)
    except Exception:
        return None


def _is_session_middleware(path: str) -> bool:
    from django.contrib.sessions.middleware import SessionMiddleware

    found = _class_of(path)
    return isinstance(found, type) and issubclass(found, SessionMiddleware)


def session_middleware_in(names: list[str]) -> int | None:
    """Where Django's `SessionMiddleware`, or a subclass of it, stands in MIDDLEWARE."""
    if DJANGOS in names:
        # Nothing is imported to find out.
        return names.index(DJANGOS)
    return next((i for i, name in enumerate(names) if _is_session_middleware(name)), None)


@register("sessionscope")
def check_middleware(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E001 missing, E002 after SessionMiddleware, W003 not directly before it, W004 no SessionMiddleware."""
    names = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in names:
        return [
            Error(
                "Sessionscope is installed and its middleware is not: nothing is observed.",
                hint=f"Add {MIDDLEWARE!r} to MIDDLEWARE, directly before SessionMiddleware.",
                id="sessionscope.E001",
            )
        ]
    ours = names.index(MIDDLEWARE)
    theirs = session_middleware_in(names)
    if theirs is None:
        return [no_session_middleware(names)]
    if ours > theirs:
        return [
            Error(
                "Sessionscope's middleware stands after SessionMiddleware: it can't see the session being made, "
                "nor the cookie that is set.",
                hint=f"Move {MIDDLEWARE!r} up, directly before {names[theirs]!r}.",
                id="sessionscope.E002",
            )
        ]
    if theirs != ours + 1:
        between = ", ".join(repr(name) for name in names[ours + 1 : theirs])
        return [
            Warning(
                f"Between Sessionscope's middleware and SessionMiddleware stands {between}: what it changes on the "
                "response is taken for SessionMiddleware's doing.",
                hint=f"Move {MIDDLEWARE!r} down, directly before {names[theirs]!r}.",
                id="sessionscope.W003",
            )
        ]
    return []


def no_session_middleware(names: list[str]) -> CheckMessage:
    """A warning: an app without sessions runs, and so does one whose sessions are made by other code."""
    other = next((name for name in names if "session" in name.rpartition(".")[2].lower() and name != MIDDLEWARE), None)
    if other is None:
        what = "There is no SessionMiddleware in MIDDLEWARE, so there is no request.session to observe."
        hint = "Add 'django.contrib.sessions.middleware.SessionMiddleware' directly after Sessionscope's."
    else:
        what = f"{other!r} is not a subclass of Django's SessionMiddleware: the sessions it makes are not observed."
        hint = "To observe them, use Django's SessionMiddleware. Otherwise remove Sessionscope from this project."
    return Warning(what, hint=hint, id="sessionscope.W004")


@register("sessionscope")
def check_app(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E005: the middleware is there, the app is not."""
    if MIDDLEWARE in settings.MIDDLEWARE and not apps.is_installed(APP):
        return [
            Error(
                "Sessionscope's middleware is installed and its app is not: sessions that other code saves are "
                "not seen, and its checks run only by chance.",
                hint=f"Add {APP!r} to INSTALLED_APPS.",
                id="sessionscope.E005",
            )
        ]
    return []


def _is_test_run() -> bool:
    """Whether Django's test environment is set up: every test runner does that, and it switches DEBUG off."""
    utils = sys.modules.get("django.test.utils")
    return utils is not None and hasattr(utils._TestState, "saved_data")


@register("sessionscope")
def check_debug(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E006: asked for without DEBUG. W007: installed without DEBUG, and so off; nothing is said in a test run."""
    if settings.DEBUG:
        return []
    given = getattr(settings, "SESSIONSCOPE", None)
    if isinstance(given, dict) and given.get("enabled") is True:
        return [
            Error(
                "SESSIONSCOPE['enabled'] is True and DEBUG is False: sessions of real users are never observed.",
                hint="Take 'enabled' out of SESSIONSCOPE, or set DEBUG = True on your own machine.",
                id="sessionscope.E006",
            )
        ]
    if _is_test_run():
        return []
    return [
        Warning(
            "DEBUG is False, so Sessionscope is off: its middleware takes itself out.",
            hint=f"Install {APP!r} in your development settings only.",
            id="sessionscope.W007",
        )
    ]


@register("sessionscope")
def check_options(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E008: the setting SESSIONSCOPE. E009: a shared log without its library."""
    options, faults = read_options()
    messages: list[CheckMessage] = [
        Error(fault, hint="docs/django.md lists the options.", id="sessionscope.E008") for fault in faults
    ]
    if options.log is not None:
        try:
            import_module("redis")
        except ImportError:
            messages.append(
                Error(
                    "SESSIONSCOPE['log'] names a Redis, and the redis package is not installed.",
                    hint="pip install 'sessionscope[redis]'",
                    id="sessionscope.E009",
                )
            )
    return messages


@register("sessionscope")
def check_engine(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E010: the session engine can't be used as it is set."""
    engine = settings.SESSION_ENGINE

    def unusable(why: str, hint: str) -> list[CheckMessage]:
        return [
            Error(f"SESSION_ENGINE {engine!r} can't be used: {why.rstrip('.')}.", hint=hint, id="sessionscope.E010")
        ]

    try:
        store = import_module(engine).SessionStore
    except Exception as error:
        return unusable(
            f"{type(error).__name__}: {error}",
            "Name a module with a class SessionStore, such as 'django.contrib.sessions.backends.db'.",
        )
    if engine in DATABASE_ENGINES and not apps.is_installed("django.contrib.sessions"):
        return unusable(
            "it needs the table of django.contrib.sessions, which is not in INSTALLED_APPS.",
            "Add 'django.contrib.sessions' to INSTALLED_APPS and run migrate.",
        )
    if engine in CACHE_ENGINES and settings.SESSION_CACHE_ALIAS not in settings.CACHES:
        return unusable(
            f"CACHES has no {settings.SESSION_CACHE_ALIAS!r}.",
            "Define that cache, or set SESSION_CACHE_ALIAS.",
        )
    if engine.endswith(".file") and hasattr(store, "_get_storage_path"):
        folder = getattr(settings, "SESSION_FILE_PATH", None) or tempfile.gettempdir()
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            return unusable(
                f"{str(folder)!r} is no folder that can be written to.",
                "Make it, or set SESSION_FILE_PATH.",
            )
    return []


@register("sessionscope")
def check_cache(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W015: sessions are kept in a cache that keeps nothing."""
    backend = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND")
    if settings.SESSION_ENGINE not in CACHE_ENGINES or backend != DUMMY_CACHE:
        return []
    alone = "the record is looked up in the database each time."
    if not settings.SESSION_ENGINE.endswith(".cached_db"):
        alone = "every request starts an empty session, and a login ends in SessionInterrupted (a 400)."
    return [
        Warning(
            f"Sessions are kept in the cache {settings.SESSION_CACHE_ALIAS!r}, a DummyCache, which keeps nothing: "
            f"{alone}",
            hint="Name another cache in SESSION_CACHE_ALIAS, or set SESSION_ENGINE = "
            "'django.contrib.sessions.backends.db'.",
            id="sessionscope.W015",
        )
    ]


@register("sessionscope")
def check_cookie(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W011 to W014: cookie settings that browsers refuse on a development server."""
    messages: list[CheckMessage] = []
    name = settings.SESSION_COOKIE_NAME
    secure = bool(settings.SESSION_COOKIE_SECURE)
    domain = settings.SESSION_COOKIE_DOMAIN
    same_site = settings.SESSION_COOKIE_SAMESITE
    if secure and settings.DEBUG:
        messages.append(
            Warning(
                "SESSION_COOKIE_SECURE is True: over plain http browsers keep the cookie from localhost only, "
                "and Safari not even then.",
                hint="SESSION_COOKIE_SECURE = False in development settings, or serve https.",
                id="sessionscope.W011",
            )
        )
    if isinstance(same_site, str) and same_site.lower() == "none" and not secure:
        messages.append(
            Warning(
                "SESSION_COOKIE_SAMESITE is 'None' without SESSION_COOKIE_SECURE: browsers refuse the cookie.",
                hint="Set SESSION_COOKIE_SECURE = True and serve https, or use 'Lax'.",
                id="sessionscope.W012",
            )
        )
    # With "*" any host may be asked for, so that nothing is known of them.
    if domain and "*" not in settings.ALLOWED_HOSTS:
        hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS] or ["localhost", "127.0.0.1"]
        bare = str(domain).lstrip(".").lower()
        if not any(host == bare or host.endswith(f".{bare}") for host in hosts):
            messages.append(
                Warning(
                    f"SESSION_COOKIE_DOMAIN is {domain!r}, and no host of this server lies below it: browsers "
                    "refuse the cookie.",
                    hint="Leave SESSION_COOKIE_DOMAIN = None in development settings.",
                    id="sessionscope.W013",
                )
            )
    prefix_fault = None
    if name.startswith("__Host-") and (not secure or domain or settings.SESSION_COOKIE_PATH != "/"):
        prefix_fault = "SESSION_COOKIE_SECURE = True, no SESSION_COOKIE_DOMAIN and the path '/'"
    elif name.startswith("__Secure-") and not secure:
        prefix_fault = "SESSION_COOKIE_SECURE = True"
    if prefix_fault is not None:
        messages.append(
            Warning(
                f"A cookie named {name!r} is refused by browsers without {prefix_fault}.",
                hint="Use a name without prefix in development settings.",
                id="sessionscope.W014",
            )
        )
    return messages
