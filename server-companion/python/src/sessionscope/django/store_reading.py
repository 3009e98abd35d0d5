"""A look at a record that changes nothing: no engine's `load` is called, for that can write.

`file` deletes an expired record and makes another, `cached_db` fills the cache, and several caches drop what has
expired when they are asked.
"""

from __future__ import annotations

import datetime
import os
import pickle
import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.core import signing
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections, router
from django.utils import timezone
from django.utils.module_loading import import_string

from ..observe.library import Record
from .expiry import EXPIRY_KEY, session_end

COOKIE_SALT = "django.contrib.sessions.backends.signed_cookies"


def read_record(engine: type[SessionBase], key: str) -> Record:
    """Reads the record of a session without changing anything. Raises what the store raises."""
    if issubclass(engine, CookieStore):
        return _read_cookie(key)
    if issubclass(engine, DatabaseStore):
        return _read_database(engine, key)
    if issubclass(engine, FileStore):
        return _read_file(engine, key)
    if issubclass(engine, CacheStore):
        return _read_cache(engine, key)
    name = f"{engine.__module__}.{engine.__qualname__}"
    return Record("unreadable", text=f"No way is known to read {name} without changing it.")


def _serializer() -> Any:
    return import_string(settings.SESSION_SERIALIZER)


def _decode(engine: type[SessionBase], text: str) -> Record:
    if engine.decode is not SessionBase.decode and "decode" in vars(engine):
        data = engine().decode(text)
        return Record("found", data, len(text))
    salt = f"django.contrib.sessions.{engine.__qualname__}"
    try:
        # Django's own `decode` logs a warning: this look is none of the app's.
        data = signing.loads(text, salt=salt, serializer=_serializer())
    except signing.BadSignature:
        return Record(
            "error",
            bytes=len(text),
            text="The record's signature is not valid: another SECRET_KEY?",
        )
    except Exception as error:
        return Record("error", bytes=len(text), text=f"The record can't be decoded: {error}")
    return Record("found", data, len(text))


def _aged(record: Record, expires_at: float | None) -> Record:
    is_over = expires_at is not None and expires_at <= time.time() * 1000
    outcome = "expired" if is_over and record.outcome == "found" else record.outcome
    return record._replace(outcome=outcome, expires_at=expires_at)


def _timestamp(value: datetime.datetime) -> float:
    if timezone.is_naive(value):
        value = timezone.make_aware(value, timezone.get_default_timezone())
    return value.timestamp() * 1000


def _read_database(engine: type[SessionBase], key: str) -> Record:
    model = engine.get_model_class()  # type: ignore[attr-defined]
    using = router.db_for_read(model)
    connection: Any = connections[using]
    # This thread's own connection: with DEBUG on it would log the query, and the key in it.
    connection.make_debug_cursor = connection.make_cursor
    rows = model._default_manager.using(using).filter(session_key=key)
    row = rows.values_list("session_data", "expire_date").first()
    if row is None:
        return Record("missing")
    text, expire_date = row
    return _aged(_decode(engine, text), _timestamp(expire_date))


def _read_file(engine: type[SessionBase], key: str) -> Record:
    if not set(key) <= set(VALID_KEY_CHARS):
        return Record("missing")
    folder = engine._get_storage_path()  # type: ignore[attr-defined]
    path = os.path.join(folder, settings.SESSION_COOKIE_NAME + key)
    try:
        with open(path, encoding="ascii") as stream:
            text = stream.read()
            modified_at = os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        return Record("missing")
    record = _decode(engine, text)
    expiry = (record.data or {}).get(EXPIRY_KEY)
    if isinstance(expiry, int) and expiry:
        # Django's quirk: a whole number of seconds never expires on load with this engine.
        return record
    end = session_end(expiry, modified_at)
    return _aged(record, end or (modified_at + settings.SESSION_COOKIE_AGE) * 1000)


def _read_cookie(key: str) -> Record:
    try:
        data = signing.loads(key, salt=COOKIE_SALT, serializer=_serializer(), max_age=settings.SESSION_COOKIE_AGE)
    except signing.SignatureExpired:
        return Record("expired", bytes=len(key), text="The cookie is the record, and it is too old.")
    except Exception:
        return Record("error", bytes=len(key), text="The cookie is the record; its signature is not valid.")
    return Record("found", data, len(key))


def _read_cache(engine: type[SessionBase], key: str) -> Record:
    cache: Any = caches[settings.SESSION_CACHE_ALIAS]
    name = engine.cache_key_prefix + key  # type: ignore[attr-defined]
    full = cache.make_key(name)
    if isinstance(cache, DummyCache):
        return Record("missing")
    if isinstance(cache, LocMemCache):
        # Its own `get` moves the entry to the front and drops an expired one.
        memory: Any = cache
        with memory._lock:
            raw = memory._cache.get(full)
            expires_at = memory._expire_info.get(full)
        if raw is None:
            return Record("missing")
        record = Record("found", pickle.loads(raw), len(raw))
        return _aged(record, None if expires_at is None else expires_at * 1000)
    if type(cache).__module__ == "django.core.cache.backends.redis":
        client = cache._cache.get_client(full)
        raw = client.get(full)
        if raw is None:
            return Record("missing")
        left = client.pttl(full)
        data = cache._cache._serializer.loads(raw)
        record = Record("found", data if isinstance(data, dict) else None, len(raw))
        return record._replace(expires_at=time.time() * 1000 + left if left > 0 else None)
    return Record(
        "unreadable",
        text=f"Reading {type(cache).__module__}.{type(cache).__qualname__} may change it, so it is not read.",
    )
