"""What the endpoint asks of the app's sessions: what they are set to, whose a cookie is, what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core import signing
from django.db import connections
from django.utils.module_loading import import_string

from ..core import protocol
from ..core.encode import shorten
from ..core.identity import Identity
from ..core.redaction import Redaction
from ..core.viewers import Viewer
from ..observe.companion import OpenExchange
from ..observe.library import Looks, Proof
from .store_reading import COOKIE_SALT, read_record
from .verdict_facts import Store

_SHOWN_SETTINGS = (
    "SESSION_ENGINE",
    "SESSION_SAVE_EVERY_REQUEST",
    "SESSION_COOKIE_AGE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_SERIALIZER",
)


#: What is not seen of sessions that other code opens, by whether their saves give a signal.
_UNSEEN = {
    True: "What other code (a task, a command, the admin) reads of a session or deletes, and all that other "
    "processes do. Its saves in this process are shown as background.",
    False: "What other code (a task, a command, the admin) does with a session that it opens itself: "
    "this engine gives no signal of it.",
}


#: Where Django's own caches keep what they hold; of another one nothing is known.
_CACHES = {
    f"django.core.cache.backends.{name}": where
    for name, where in {
        "locmem.LocMemCache": "process",
        "redis.RedisCache": "outside",
        "memcached.PyMemcacheCache": "outside",
        "memcached.PyLibMCCache": "outside",
        "db.DatabaseCache": "outside",
        "filebased.FileBasedCache": "outside",
    }.items()
}


@lru_cache(maxsize=32)
def _engine_of(name: str) -> type[SessionBase]:
    engine: type[SessionBase] = import_module(name).SessionStore
    return engine


@lru_cache(maxsize=32)
def _store(engine: str, cache: str | None) -> Store:
    return Store(engine.rpartition(".")[2], cache)


class DjangoLibrary:
    def __init__(self, identity: Identity, redaction: Redaction, open: set[OpenExchange]) -> None:
        self._identity = identity
        self._looks = Looks(identity, redaction)
        self._open = open

    @property
    def engine(self) -> type[SessionBase]:
        return _engine_of(settings.SESSION_ENGINE)

    @property
    def is_cookie_store(self) -> bool:
        """The cookie is the record: `signed_cookies`, or an engine made of it."""
        return issubclass(self.engine, CookieStore)

    def store(self) -> Store:
        """Where sessions are kept now."""
        engine = settings.SESSION_ENGINE
        if not issubclass(self.engine, CacheStore):
            return _store(engine, None)
        return _store(engine, settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND"))

    def _records_in(self) -> str | None:
        """Where records lie: `process`, `cookie`, `outside`; None: not known."""
        engine = self.engine
        if issubclass(engine, CookieStore):
            return "cookie"
        if issubclass(engine, CacheStore):
            return _CACHES.get(str(self.store().cache))
        if issubclass(engine, FileStore):
            return "outside"
        # A router may keep sessions in any of several databases.
        if not issubclass(engine, DatabaseStore) or settings.DATABASE_ROUTERS:
            return None
        name = str(settings.DATABASES.get("default", {}).get("NAME", ""))
        return "process" if name == ":memory:" or "mode=memory" in name else "outside"

    def describe(self) -> dict[str, Any]:
        shown = {name: repr(getattr(settings, name, None)) for name in _SHOWN_SETTINGS}
        engine = settings.SESSION_ENGINE
        if engine.endswith((".cache", ".cached_db")):
            alias = settings.SESSION_CACHE_ALIAS
            backend = settings.CACHES.get(alias, {}).get("BACKEND")
            shown["SESSION_CACHE_ALIAS"] = f"{alias!r} ({backend})"
        shown["not seen"] = _UNSEEN[issubclass(self.engine, DatabaseStore)]
        records_in = self._records_in()
        return {
            "library": "django.contrib.sessions",
            "libraryVersion": django.get_version(),
            "cookieNames": [settings.SESSION_COOKIE_NAME[: protocol.NAME_LENGTH]],
            "commit": "automatic",
            "secret": self._identity.digest(f"secret\0{settings.SECRET_KEY!r}"),
            "store": engine.rpartition(".")[2][: protocol.NAME_LENGTH],
            **({} if records_in is None else {"recordsIn": records_in}),
            "settings": {name: shorten(value, protocol.SENTENCE_LENGTH) for name, value in shown.items()},
        }

    def prove(self, name: str, value: str) -> Proof | None:
        """Reads a raw cookie that a caller claims, as Django would; None: the name is not the session's.

        A claimed key is not remembered, so that a flood of claims drives out no other.
        """
        if name != settings.SESSION_COOKIE_NAME:
            return None
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        return self._prove(value, self._identity.name_of)

    def prove_value(self, value: str) -> Proof:
        """Reads the cookie of a request."""
        return self._prove(value, self._identity.fingerprint)

    def _prove(self, value: str, named: Callable[[str], str]) -> Proof:
        # Django takes what is shorter for no key.
        if len(value) < 8:
            return Proof("malformed")
        if not self.is_cookie_store:
            return Proof("unsigned", value, named(value))
        if self.cookie_outcome(value) == "invalid-signature":
            return Proof("invalid")
        return Proof("valid", value, named(value))

    def cookie_outcome(self, value: str) -> str:
        """How `signed_cookies` takes a cookie: `found`, `expired`, `invalid-signature`."""
        try:
            signing.loads(
                value,
                salt=COOKIE_SALT,
                serializer=import_string(settings.SESSION_SERIALIZER),
                max_age=settings.SESSION_COOKIE_AGE,
            )
        except signing.SignatureExpired:
            return "expired"
        except Exception:
            return "invalid-signature"
        return "found"

    def read_store(self, key: str, viewer: Viewer) -> dict[str, Any]:
        """A pure read, redacted. Never raises."""
        # Connections are a thread's own, and the one that looks ends with the look.
        return self._looks.at_store(key, lambda: read_record(self.engine, key), connections.close_all)

    def read_memory(self, fingerprint: str, viewer: Viewer) -> list[dict[str, Any]]:
        """The sessions of open exchanges, read without changing anything."""
        return self._looks.at_memory(fingerprint, self._open)
