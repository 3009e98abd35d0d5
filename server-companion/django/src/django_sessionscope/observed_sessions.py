"""What the endpoint asks of the app's sessions: what they are set to, whose a cookie is, what the store holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import django
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core import signing
from django.db import connections
from django.utils.module_loading import import_string

from .core import protocol
from .core.encode import shorten
from .core.event_log import Viewer
from .core.redact import to_json
from .core.trim import trim
from .memory import Memory
from .store_reading import COOKIE_SALT, Record, read_record

if TYPE_CHECKING:
    from .companion import Companion

#: A store that does not answer must not hold the panel up.
READ_TIMEOUT_S = 5.0

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


class Proof(NamedTuple):
    """How a raw cookie was taken. The key is a bearer credential and never leaves the process."""

    signature: str
    key: str | None = None
    fingerprint: str | None = None


@lru_cache(maxsize=32)
def _engine_of(name: str) -> type[SessionBase]:
    engine: type[SessionBase] = import_module(name).SessionStore
    return engine


class ObservedSessions:
    def __init__(self, companion: Companion) -> None:
        self._companion = companion
        self._mount: str | None = None

    @property
    def engine(self) -> type[SessionBase]:
        return _engine_of(settings.SESSION_ENGINE)

    @property
    def is_cookie_store(self) -> bool:
        """The cookie is the record: `signed_cookies`, or an engine made of it."""
        return issubclass(self.engine, CookieStore)

    def describe(self) -> dict[str, Any]:
        shown = {name: repr(getattr(settings, name, None)) for name in _SHOWN_SETTINGS}
        engine = settings.SESSION_ENGINE
        if engine.endswith((".cache", ".cached_db")):
            alias = settings.SESSION_CACHE_ALIAS
            backend = settings.CACHES.get(alias, {}).get("BACKEND")
            shown["SESSION_CACHE_ALIAS"] = f"{alias!r} ({backend})"
        shown["not seen"] = _UNSEEN[issubclass(self.engine, DatabaseStore)]
        return {
            "library": "django.contrib.sessions",
            "libraryVersion": django.get_version(),
            "cookieName": settings.SESSION_COOKIE_NAME[: protocol.NAME_LENGTH],
            "store": engine.rpartition(".")[2][: protocol.NAME_LENGTH],
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
        return self._prove(value, self._companion.identity.name_of)

    def prove_value(self, value: str) -> Proof:
        """Reads the cookie of a request."""
        return self._prove(value, self._companion.identity.fingerprint)

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

    def key_of(self, fingerprint: str) -> str | None:
        """The key of a session that this process has seen, for a paired panel that names it."""
        return self._companion.identity.key_of(fingerprint)

    def read_store(self, key: str, viewer: Viewer) -> dict[str, Any]:
        """A pure read, redacted, in a thread of its own. Never raises."""
        result: list[Record] = []

        def read() -> None:
            try:
                result.append(read_record(self.engine, key))
            except Exception as error:
                text = f"The store could not be read: {type(error).__name__}: {error}"
                result.append(Record("error", text=text))
            finally:
                # Connections are a thread's own, and this one ends here.
                connections.close_all()

        reader = threading.Thread(target=read, name="sessionscope-read", daemon=True)
        reader.start()
        reader.join(READ_TIMEOUT_S)
        record = (
            result[0] if result else Record("error", text=f"The store gave no answer within {READ_TIMEOUT_S:.0f} s.")
        )
        reading: dict[str, Any] = {"outcome": record.outcome, "at": time.time() * 1000}
        if record.text is not None:
            reading["text"] = shorten(record.text.replace(key, "…"), protocol.SENTENCE_LENGTH)
        if record.bytes is not None:
            reading["bytes"] = record.bytes
        if record.expires_at is not None:
            reading["expiresAt"] = record.expires_at
        if record.data is not None:
            reading.update(self._state(record.data))
        return reading

    def read_memory(self, fingerprint: str, viewer: Viewer) -> list[dict[str, Any]]:
        """The sessions of open exchanges, read without a trace."""
        readings = []
        for exchange in list(self._companion.open):
            tracker = exchange.tracker
            key = None if tracker is None else tracker.key()
            data = None if tracker is None else tracker.data()
            if key is None or data is None:
                continue
            if self._companion.identity.fingerprint(key) != fingerprint:
                continue
            state = self._state(dict(data))
            readings.append({"exchange": exchange.id, "at": time.time() * 1000, **state})
        return readings

    def _state(self, data: dict[Any, Any]) -> dict[str, Any]:
        memory = Memory(self._companion.identity.digest)
        memory.fill(data)
        state = memory.encoded_state()
        return {
            "state": trim(self._companion.redaction.redact(state, []), self._companion.identity.digest),
            "digest": self._companion.identity.digest(to_json(state)),
        }
