"""Why the session was saved or not and the cookie set or not: Django's own rules, over what it did.

Where a cause is not known, the text says what is known first, then each possibility with how to distinguish it from the
others. Whether a browser takes the cookie is not Django's decision, and so not part of this.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from ..observe.verdict_facts import names_of
from ..observe.verdict_table import VerdictRow, always, decide
from .verdict_facts import Facts

DUMMY_CACHE = "django.core.cache.backends.dummy.DummyCache"


def judge(facts: Facts) -> dict[str, Any]:
    """The verdict, as the wire has it."""
    cookie = decide(COOKIE_ROWS, facts)
    if facts.set_cookie is not None:
        cookie["attributes"] = facts.set_cookie.as_wire()
    return {"record": decide(RECORD_ROWS, facts), "cookie": cookie}


# ── sentences ────────────────────────────────────────────────────────────────


def _save_every(facts: Facts) -> str:
    return f"SESSION_SAVE_EVERY_REQUEST = {facts.saves_every}"


def _engine(_facts: Facts) -> str:
    return f"SESSION_ENGINE = {settings.SESSION_ENGINE!r}"


def _error_of(facts: Facts) -> str:
    save = facts.failed
    return "" if save is None else f"{save.error}: {save.message}"


def _interruption(facts: Facts) -> str:
    """What an `UpdateError` became: an error of Django's own where its middleware met it."""
    if facts.failed is not None and facts.failed.is_framework:
        return "Django wrote nothing and answered with SessionInterrupted, a 400."
    return "save() wrote nothing and raised UpdateError."


#: How a record can go that nobody deleted, by whether it lies in a cache.
_LOST_BY_CACHE = (
    "the cache dropped it (full, restarted, or cleared: other sessions are gone too); "
    "the cache failed and its client hides that (read the server's log)"
)


def _interrupted_text(facts: Facts) -> str:
    causes = [
        "another request deleted it (a logout or flush() that overlaps with this one)",
        "it expired while this request ran",
    ]
    if facts.store.cache is not None:
        causes.append(_LOST_BY_CACHE)
    if facts.was_made_here:
        known = "This request had written the record itself, and when Django saved again it was gone"
    elif facts.loaded == "found":
        known = "The record was there when this request loaded it, and gone when it was saved"
    else:
        known = "The record was not there when it was saved. Nothing in this request had loaded it before"
        causes.append("it was deleted or expired long before (an earlier logout, or clearsessions)")
    return f"{known}. {_interruption(facts)} Possible causes: {'; '.join(causes)}."


def _missing_text(facts: Facts) -> str:
    causes = [
        "it was deleted (look for an earlier flush or logout)",
        "it expired (the cookie was older than the record)",
        "it never was in this store (the cookie is from another database, project or port)",
    ]
    if facts.store.cache is not None:
        causes.append(_LOST_BY_CACHE)
    known = "The store has no valid record for the key in the cookie, so the session started empty"
    return f"{known}. Possible causes: {'; '.join(causes)}."


def _why_unreadable(facts: Facts) -> str:
    return "" if facts.load is None else facts.load.text


_FIX_UNREADABLE = {
    "signature": "If SECRET_KEY was changed: add the old one to SECRET_KEY_FALLBACKS. If each start makes a new "
    "one: set a fixed SECRET_KEY.",
    "async": "In an async view use the async methods: await request.session.aget(…) (Django 5.1 and later), or "
    "wrap the access in sync_to_async.",
    "malformed": "If SESSION_SERIALIZER was changed, change it back or delete the old records.",
    "store": "Start the store, or correct its address in the settings.",
}


def _fix_unreadable(facts: Facts) -> str:
    reason = "" if facts.load is None else facts.load.reason
    if "SynchronousOnlyOperation" in _why_unreadable(facts):
        return _FIX_UNREADABLE["async"]
    if reason in ("invalid-signature", "other-secret", "tampered"):
        return _FIX_UNREADABLE["signature"]
    return _FIX_UNREADABLE["malformed" if reason == "malformed" else "store"]


def _begun_text(facts: Facts) -> str:
    if facts.loaded in ("missing", "expired"):
        what = "had expired" if facts.loaded == "expired" else "is not in the store"
        return f"A new session was saved under a new key: the record that the cookie names {what}."
    return "A new session was saved."


def _not_compared(facts: Facts) -> str:
    if facts.unwritten != "not-compared":
        return ""
    return (
        " The session was cleared without being loaded, so whether the record held anything else is not known: the "
        "next load shows it."
    )


GET_USER = ("django.contrib.auth.get_user", "django.contrib.auth.aget_user")
LOGOUT = ("django.contrib.auth.logout", "django.contrib.auth.alogout")

RECORD_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "no-session",
        "none",
        lambda f: not f.has_session,
        "request.session is not the session that SessionMiddleware made: Django decided about another object, "
        "or about none.",
        fix="Change the session that is there; do not assign request.session.",
    ),
    VerdictRow(
        "dummy-cache",
        "failed",
        lambda f: f.is_interrupted and f.store.cache == DUMMY_CACHE,
        lambda f: f"Sessions are kept in DummyCache, which keeps nothing, so there was no record. {_interruption(f)}",
        _engine,
        "Choose another cache by SESSION_CACHE_ALIAS, or the engine 'django.contrib.sessions.backends.db'.",
    ),
    VerdictRow(
        "interrupted",
        "failed",
        lambda f: f.is_interrupted,
        _interrupted_text,
        fix="Look for a flush of this session before the save. If there is none, see whether other sessions are gone.",
    ),
    VerdictRow(
        "not-serializable",
        "failed",
        lambda f: f.failed is not None and f.failed.is_unfit and bool(f.unfit),
        lambda f: f"The session can't be serialized: {names_of(f.unfit)}. {_error_of(f)}",
        lambda _: f"SESSION_SERIALIZER = {settings.SESSION_SERIALIZER!r}",
        "Store what JSON can hold: an id instead of an object, isoformat() instead of a date.",
    ),
    VerdictRow(
        "store-error",
        "failed",
        lambda f: f.failed is not None,
        lambda f: f"The store failed on save: {_error_of(f)}",
        fix="What the session held in memory is lost with this request.",
    ),
    VerdictRow(
        "overwrote-unreadable",
        "saved",
        lambda f: f.is_saved and f.is_unreadable and f.load.keeps_record,
        lambda f: (
            f"This save overwrote a record that could not be read: {_why_unreadable(f)}. The session had started "
            "empty, and what the record held is lost."
        ),
        fix=_fix_unreadable,
    ),
    VerdictRow(
        "unreadable-left-behind",
        "saved",
        lambda f: f.is_saved and f.is_unreadable,
        lambda f: (
            f"The record could not be read: {_why_unreadable(f)}. Django began a new session under a new key, and "
            "this one was saved. The old record was not changed."
        ),
        fix=_fix_unreadable,
    ),
    VerdictRow(
        "modified",
        "saved",
        lambda f: (
            f.saved is not None
            and f.modified
            and f.store.engine == "signed_cookies"
            and any(not save.is_framework for save in f.saves)
        ),
        "The app called save(), which with signed_cookies marks the session as changed.",
    ),
    VerdictRow(
        "modified",
        "saved",
        lambda f: f.saved is not None and f.modified and f.saved.keys == 0,
        "The session was changed and is empty now: a record without data was saved.",
    ),
    VerdictRow(
        "modified",
        "saved",
        lambda f: f.saved is not None and f.modified and f.loaded == "found",
        "The session was changed.",
    ),
    VerdictRow("modified", "saved", lambda f: f.saved is not None and f.modified, _begun_text),
    VerdictRow(
        "save-every-request",
        "saved",
        lambda f: f.saved is not None and bool(f.unsaved),
        lambda f: (
            f"A value inside {f.unsaved} changed, but request.session.modified was not set. The change was saved "
            "only because every request saves the session."
        ),
        _save_every,
        "Set request.session.modified = True after such a change: without this setting it is lost.",
    ),
    VerdictRow(
        "save-every-request",
        "saved",
        lambda f: f.saved is not None and f.loaded in ("missing", "expired"),
        lambda f: f"{_begun_text(f)} Nothing was written to it. It was saved because every request saves the session.",
        _save_every,
    ),
    VerdictRow(
        "save-every-request",
        "saved",
        lambda f: f.saved is not None,
        "Nothing changed. The session was saved because every request saves it.",
        _save_every,
    ),
    # What was saved and then flushed is gone: rows below say by whom.
    VerdictRow(
        "app-saved",
        "saved",
        lambda f: f.is_saved and not f.is_flushed and not f.is_lost,
        "The app called save().",
    ),
    VerdictRow(
        "app-saved",
        "saved",
        lambda f: f.is_server_error and f.was_made_here and f.is_all_stored,
        "The app called cycle_key() or create(), which saves the session, and nothing changed after that.",
    ),
    VerdictRow(
        "aborted",
        lambda f: f.unwritten,
        lambda f: f.is_aborted,
        lambda f: f"The request was cancelled before Django decided about the session.{_not_compared(f)}",
    ),
    VerdictRow(
        "session-hash-missing",
        "deleted",
        lambda f: f.is_flushed and f.flushed_by in GET_USER and not f.flush.has_hash,
        lambda f: (
            f"{f.flushed_by}() flushed the session and logged the user out: the session names a user and has no "
            "password hash. It was not made by django.contrib.auth.login()."
        ),
        fix="Log users in with django.contrib.auth.login(request, user).",
    ),
    VerdictRow(
        "session-hash-differs",
        "deleted",
        lambda f: f.is_flushed and f.flushed_by in GET_USER,
        lambda f: (
            f"{f.flushed_by}() flushed the session and logged the user out: the password hash in the session is not "
            "the user's. Possible causes: the password was changed and update_session_auth_hash() was not called "
            "(only this user is logged out); SECRET_KEY was changed (every user is); get_session_auth_hash() of the "
            "user model gives another value now (every user is)."
        ),
        fix="After changing a password call update_session_auth_hash(request, user). After changing SECRET_KEY add "
        "the old one to SECRET_KEY_FALLBACKS.",
    ),
    VerdictRow(
        "logged-out",
        "deleted",
        lambda f: f.is_flushed and f.flushed_by in LOGOUT,
        lambda f: f"{f.flushed_by}() flushed the session: the record was deleted.",
    ),
    VerdictRow(
        "flushed",
        "deleted",
        lambda f: f.is_flushed,
        lambda f: f"{f.flushed_by or 'The app'} called flush(): the record was deleted.",
    ),
    VerdictRow(
        "server-error",
        "unchanged",
        lambda f: f.modified and not f.empty and f.is_server_error and f.unwritten == "unchanged",
        lambda f: (
            f"The response is a {f.status}: Django saves no session with a server error. Nothing in it had changed."
        ),
    ),
    VerdictRow(
        "server-error",
        "not-compared",
        lambda f: f.modified and not f.empty and f.is_server_error and f.unwritten == "not-compared",
        lambda f: (
            f"The response is a {f.status}: Django saves no session with a server error, so the record was not changed."
            f"{_not_compared(f)}"
        ),
        fix="Call request.session.save() before the error where the change must survive.",
    ),
    VerdictRow(
        "server-error",
        "not-saved",
        lambda f: f.modified and not f.empty and f.is_server_error,
        lambda f: f"The response is a {f.status}: Django saves no session with a server error.",
        fix="What the session held in memory is lost with this request. "
        "Call request.session.save() before the error where it must survive.",
    ),
    VerdictRow(
        "nested-change",
        "not-saved",
        lambda f: bool(f.unsaved),
        lambda f: (
            f"A value inside {f.unsaved} changed, but request.session.modified was not set. Django notices only "
            "assignments and deletions of keys."
        ),
        _save_every,
        "Set request.session.modified = True after changing a value inside, or assign the key again.",
    ),
    VerdictRow(
        "unreadable",
        "unreadable",
        lambda f: f.is_unreadable and f.load.keeps_record,
        lambda f: (
            f"The record could not be read: {_why_unreadable(f)}. The session started empty, and the next save "
            "overwrites the record."
        ),
        fix=_fix_unreadable,
    ),
    VerdictRow(
        "unreadable",
        "unreadable",
        lambda f: f.is_unreadable,
        lambda f: f"The record could not be read: {_why_unreadable(f)}.",
        fix=_fix_unreadable,
    ),
    VerdictRow(
        "dummy-cache",
        "missing",
        lambda f: f.loaded == "missing" and f.empty and f.store.cache == DUMMY_CACHE,
        "Sessions are kept in DummyCache, which keeps nothing: no request finds its session.",
        _engine,
        "Choose another cache by SESSION_CACHE_ALIAS, or the engine 'django.contrib.sessions.backends.db'.",
    ),
    VerdictRow("missing", "missing", lambda f: f.loaded == "missing" and f.empty, _missing_text),
    VerdictRow(
        "expired",
        "missing",
        lambda f: f.loaded == "expired" and f.empty,
        "The record that the cookie names had expired, so the session started empty. Nothing was written to it.",
    ),
    VerdictRow(
        "empty",
        "none",
        lambda f: f.modified and f.empty,
        "The session is empty and has no key, so nothing is stored.",
    ),
    VerdictRow(
        "untouched",
        "unchanged",
        lambda f: not f.accessed and f.was_sent,
        "Nothing touched the session by the time the response was ready: it was not even loaded.",
    ),
    VerdictRow(
        "untouched",
        "none",
        lambda f: not f.accessed,
        "Nothing touched the session by the time the response was ready, and none was begun.",
    ),
    VerdictRow(
        "not-modified",
        "unchanged",
        lambda f: f.was_sent and not f.empty,
        "The session was read and not changed by the time the response was ready.",
        _save_every,
    ),
    VerdictRow("empty", "none", always, "An empty session without a key is not stored."),
)


# ── the cookie ───────────────────────────────────────────────────────────────


def _is_deleted(facts: Facts) -> bool:
    return facts.set_cookie is not None and facts.set_cookie.is_deletion


COOKIE_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "empty",
        "expired",
        lambda f: _is_deleted(f) and f.was_sent and f.empty,
        "The session is empty, so the response asks the browser to drop the cookie.",
    ),
    VerdictRow(
        "app-deleted",
        "expired",
        _is_deleted,
        "The response asks the browser to drop the cookie. Other code than Django's middleware did that.",
    ),
    VerdictRow(
        "modified",
        "set",
        lambda f: f.set_cookie is not None and f.saved is not None and f.modified,
        "The session was saved, so its cookie is sent.",
    ),
    VerdictRow(
        "save-every-request",
        "set",
        lambda f: f.set_cookie is not None and f.saved is not None,
        "The session was saved, so its cookie is sent.",
        _save_every,
    ),
    VerdictRow(
        "app-set",
        "set",
        lambda f: f.set_cookie is not None,
        "The response sets it. Other code than Django's middleware did that.",
    ),
    VerdictRow("no-session", "none", lambda f: not f.has_session, "Django set no cookie."),
    VerdictRow(
        "failed",
        "none",
        lambda f: any(save.error is not None and save.is_framework for save in f.saves),
        "The session was not saved, so no cookie was set.",
    ),
    VerdictRow("aborted", "none", lambda f: f.is_aborted, "There was no response that a cookie could go with."),
    VerdictRow(
        "server-error",
        "not-set",
        lambda f: f.wants_cookie and f.is_server_error and not f.was_sent,
        lambda f: f"The response is a {f.status}: Django sets no session cookie with a server error.",
        due=True,
    ),
    VerdictRow(
        "server-error",
        "none",
        lambda f: f.wants_cookie and f.is_server_error,
        lambda f: f"The response is a {f.status}: Django sets no session cookie with a server error.",
    ),
    VerdictRow(
        "removed",
        "not-set",
        lambda f: f.wants_cookie,
        "Django had reason to set the cookie and the response does not have it: other code removed it.",
        fix="Look for middleware that replaces the response or deletes its cookies.",
        due=True,
    ),
    VerdictRow(
        "not-modified",
        "none",
        lambda f: f.was_sent,
        "The browser sent this cookie. Django sends it again only when it saves the session.",
        _save_every,
    ),
    VerdictRow("empty", "none", always, "There is no session to name, so there is no cookie."),
)
