"""How the first touch of a session found its record, errors that the engine hides among them."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore
from django.contrib.sessions.backends.file import SessionStore as FileStore
from django.core import signing

from ..core.encode import shorten
from .observed_session import ObservedDjangoSession
from .verdict_facts import Load

#: Characters of an error's message in a sentence.
MAX_MESSAGE = 300

_FOUND = Load("found")
_MISSING = Load("missing")
_NONE_SENT = Load("none-sent")
_EXPIRED = Load("expired")

_BAD_SIGNATURE = (
    "its signature is not valid. Either it was signed with another SECRET_KEY (then every older session is "
    "unreadable), or by an engine class of another name, or its text was changed in the store (then only this one is)"
)
_MALFORMED = "it is not what the engine writes: its text has no signature, or SESSION_SERIALIZER can't decode it"


def load_of(observed: ObservedDjangoSession, key: str | None, data: Any, error: BaseException | None) -> Load:
    """How a load that is over found the record of `key`."""
    if error is not None:
        return _failed(observed.describe(error))
    if observed.decoding is not None:
        # Django reads such a record as empty, and keeps its key.
        return Load("unreadable", observed.decoding, _text_of(observed.decoding), observed.key() == key)
    if observed.is_expired:
        return _EXPIRED
    if key is None:
        return _NONE_SENT
    sessions = observed.exchange.companion.sessions
    if sessions.is_cookie_store:
        return _FOUND if data else cookie_load(sessions.cookie_outcome(key))
    if observed.key() is not None:
        return _FOUND
    engine = type(observed.session())
    if observed.hidden_error is not None and issubclass(engine, CacheStore):
        # `load` catches whatever the cache raises, and goes on as if there were no record.
        return _failed(observed.hidden_error)
    if issubclass(engine, FileStore):
        observed.hidden_error = _error_of_file(engine, key)
        return _MISSING if observed.hidden_error is None else _failed(observed.hidden_error)
    return _MISSING


def cookie_load(outcome: str) -> Load:
    """Of `signed_cookies`, where the cookie is the record: a bad one is replaced by an empty one."""
    if outcome == "invalid-signature":
        return Load(outcome, outcome, f"the cookie is the record, and {_BAD_SIGNATURE}", True)
    return Load(outcome)


def _text_of(decoding: str) -> str:
    return _BAD_SIGNATURE if decoding == "invalid-signature" else _MALFORMED


def _failed(error: dict[str, str]) -> Load:
    message = shorten(error["message"], MAX_MESSAGE).rstrip(".")
    return Load("error", "error", f"{error['name']}: {message}" if message else error["name"])


def _error_of_file(engine: Any, key: str) -> dict[str, str] | None:
    """`load` of the `file` engine takes every error of the system for a missing file. None: it is missing."""
    if not key.isalnum():
        return None
    try:
        with open(os.path.join(engine._get_storage_path(), settings.SESSION_COOKIE_NAME + key), "rb"):
            return None
    except FileNotFoundError:
        return None
    except OSError as error:
        # Its own text would name the file, and so the key.
        return {"name": type(error).__name__, "message": f"the session's file can't be read: {error.strerror}"}


def layer_of(observed: ObservedDjangoSession) -> str:
    """What answered the load that is over: `cookie`, `cache` or `store`."""
    if observed.exchange.companion.sessions.is_cookie_store:
        return "cookie"
    engine = type(observed.session())
    if issubclass(engine, CacheStore):
        return "cache"
    # What comes out of the cache is decoded already.
    is_cached = issubclass(engine, CachedDatabaseStore) and observed.key() is not None and not observed.was_decoded
    return "cache" if is_cached else "store"


def decoding_fault(session: Any, text: Any) -> str | None:
    """Why a record reads as empty: `invalid-signature`, `malformed`, or None: it is empty."""
    if not text:
        return None
    try:
        signing.loads(text, salt=session.key_salt, serializer=session.serializer)
    except signing.BadSignature:
        # Without two colons it was never signed.
        return "invalid-signature" if isinstance(text, str) and text.count(":") >= 2 else "malformed"
    except Exception:
        return "malformed"
    return None
