"""The record as the store has it after a save: what the next load gives, and its size."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.contrib.sessions.serializers import JSONSerializer

from ..core import protocol
from ..core.plain_copy import plain_copy
from ..observe.known_values import KnownValues
from .observed_session import ObservedDjangoSession
from .record_text import RecordText

#: Bytes of a record that is kept as the engine wrote it, to be decoded when somebody reads it.
MAX_TEXT = 256 * 1024

#: Django's own caches pickle what they keep, so that a load gives the very types that were saved.
_PICKLING_CACHES = "django.core.cache.backends."
_DUMMY = "django.core.cache.backends.dummy"


class Stored(NamedTuple):
    #: The content, kept or to be decoded when it is read; None: the store's format is not known.
    content: Any = None
    #: Of the whole record; None: not known.
    bytes: int | None = None
    #: For the log's account.
    size: int = 0


def record_text(session: Any, text: Any, digest: Any) -> RecordText | None:
    """A record that the engine just wrote or read, where it can be decoded later without running the app's code."""
    engine = type(session)
    is_plain = _base_of(engine, "encode") is SessionBase.encode and _base_of(engine, "decode") is SessionBase.decode
    if not is_plain or type(text) is not str or len(text) > MAX_TEXT or session.serializer is not JSONSerializer:
        return None
    return RecordText(text, digest)


def _base_of(engine: type, name: str) -> Any:
    """The method of the engine below the recording class."""
    return getattr(engine.__mro__[1], name)


def stored_form(observed: ObservedDjangoSession, memory: KnownValues, state: Any) -> Stored:
    """The record that was just written. `state`: the session in memory, as it was kept."""
    session = observed.session()
    if isinstance(session, CookieStore):
        key = observed.key() or ""
        return Stored(sealed_text(observed, key), len(key), len(key))
    if isinstance(session, CacheStore):
        return _pickled(memory, state) if _pickles(session) else Stored()
    text = observed.record_text
    stored = Stored(text, observed.record_bytes, 0 if text is None else len(text.text))
    if isinstance(session, CachedDatabaseStore) and _pickles(session):
        # The next load is answered by the cache, which has the very types; the size is that of the row.
        return stored._replace(content=state)
    return stored


def sealed_text(observed: ObservedDjangoSession, key: str) -> RecordText | None:
    """A cookie of `signed_cookies`, made or accepted, where it can be decoded without running the app's code."""
    session: Any = observed.session()
    is_json = session.serializer is JSONSerializer and len(key) <= MAX_TEXT
    return RecordText(key, observed.digest) if is_json else None


def _pickles(session: Any) -> bool:
    module = type(session.__dict__.get("_cache")).__module__
    return module.startswith(_PICKLING_CACHES) and not module.startswith(_DUMMY)


def _pickled(memory: KnownValues, state: Any) -> Stored:
    """What a cache of Django's own has: a copy that is made the same way has the same size."""
    copy = plain_copy(memory.live, protocol.LOG_VALUE_BYTES)
    return Stored(state, None if copy is None else len(copy))
