"""Why the session was saved or not and the cookie set or not: the session interface's own rules, over what it did.

Whether a browser takes the cookie is not Flask's decision, and so not part of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..observe.verdict_facts import names_of
from ..observe.verdict_table import VerdictRow, always, decide
from .verdict_facts import Facts


def judge(facts: Facts, record_rows: Sequence[VerdictRow] | None = None) -> dict[str, Any]:
    """The verdict, as the wire has it. `record_rows`: by default Flask's."""
    cookie = decide(COOKIE_ROWS, facts)
    if facts.set_cookie is not None:
        cookie["attributes"] = facts.set_cookie.as_wire()
    return {"record": decide(record_rows or RECORD_ROWS, facts), "cookie": cookie}


def unsaved(facts: Facts) -> str:
    """The outcome of a session that was not written: changed, there, or none."""
    if facts.is_changed:
        return "not-saved"
    return "unchanged" if facts.loaded == "found" else "none"


def _begun(facts: Facts) -> str:
    if facts.loaded == "none-sent":
        return "A new session was saved."
    what = {
        "expired": "had expired",
        "invalid-signature": "was refused: its signature is not valid",
        "missing": "names a record that is not in the store",
    }.get(facts.loaded, "was not accepted")
    return f"A new session was saved. The cookie that the request brought {what}."


def _cleared(facts: Facts) -> str:
    if facts.is_server_side:
        return "The session was emptied, so its record was deleted."
    return (
        "The session was emptied, so the cookie is dropped. A copy of the old cookie stays valid until it expires: "
        "nothing on the server revokes it."
    )


def _refresh(facts: Facts) -> str:
    return f"SESSION_REFRESH_EACH_REQUEST = {facts.refreshes}"


_FIX_NESTED = "Set session.modified = True after changing a value inside, or assign the key again."

RECORD_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "no-secret-key",
        "none",
        lambda f: not f.has_session,
        "app.secret_key is not set, so there is no session: reading gives nothing, and writing raises an error.",
        "SECRET_KEY",
        "Set app.secret_key to a fixed secret.",
    ),
    VerdictRow(
        "load-error",
        "unreadable",
        lambda f: f.loaded == "error",
        lambda f: f"The record could not be read, and the request failed: {f.error}",
        fix="Start the store, or correct its address.",
    ),
    VerdictRow(
        "exception",
        unsaved,
        lambda f: f.error is not None,
        lambda f: (
            f"The app raised {f.error}, and {f.framework} let it through (debug, testing or PROPAGATE_EXCEPTIONS). "
            f"The session is saved with a response, and {f.framework} made none. In production it answers 500, and "
            "saves the session."
        ),
        "PROPAGATE_EXCEPTIONS",
    ),
    VerdictRow(
        "not-serializable",
        "failed",
        lambda f: f.save_error is not None and bool(f.unfit),
        lambda f: f"The session can't be serialized: {names_of(f.unfit)}. {f.save_error}",
        fix="Store what the serializer can hold: an id instead of an object.",
    ),
    VerdictRow(
        "store-error",
        "failed",
        lambda f: f.save_error is not None,
        lambda f: f"The session could not be saved: {f.save_error}",
        fix="What the session held in memory is lost with this request.",
    ),
    VerdictRow(
        "no-response",
        unsaved,
        lambda f: f.status is None,
        "The request ended without a response, so nothing was saved.",
    ),
    VerdictRow(
        "after-response",
        "not-saved",
        lambda f: bool(f.late),
        lambda f: (
            f"{f.late_keys} changed after the session was saved (in a streamed body, or after the response). "
            "The change is lost."
        ),
        fix="Change the session before the response is returned.",
    ),
    VerdictRow("cleared", "deleted", lambda f: f.is_deleted, _cleared),
    VerdictRow("modified", "saved", lambda f: f.is_saved and f.modified and f.loaded == "found", "It was changed."),
    VerdictRow("modified", "saved", lambda f: f.is_saved and f.modified, _begun),
    VerdictRow(
        "refreshed",
        "saved",
        lambda f: f.is_saved and bool(f.inferred),
        lambda f: (
            f"A value inside {f.nested} changed, but session.modified was not set. It was saved only because "
            "this session is saved with each response."
        ),
        _refresh,
        _FIX_NESTED,
    ),
    VerdictRow(
        "refreshed",
        "saved",
        lambda f: f.is_saved and f.is_server_side,
        "Nothing changed. Flask-Session writes each session that is not empty with each response, to move its end.",
        _refresh,
    ),
    VerdictRow(
        "refreshed",
        "saved",
        lambda f: f.is_saved,
        "Nothing changed. A permanent session is sent again with each response, with a new expiry.",
        _refresh,
    ),
    VerdictRow(
        "nested-change",
        "not-saved",
        lambda f: bool(f.inferred) and not f.modified,
        lambda f: (
            f"A value inside {f.nested} changed, but session.modified was not set. {f.framework} notices only "
            "assignments and deletions of whole keys."
        ),
        "session.modified",
        _FIX_NESTED,
    ),
    VerdictRow(
        "missing",
        "missing",
        lambda f: f.loaded == "missing" and f.empty,
        "The store has no record for the cookie, so the session started empty. Possible causes: it was deleted, it "
        "expired, or it never was in this store (the cookie is from another app, store or key prefix).",
    ),
    VerdictRow(
        "expired",
        "missing",
        lambda f: f.loaded == "expired" and f.empty,
        "The cookie is older than PERMANENT_SESSION_LIFETIME, so the session started empty.",
        "PERMANENT_SESSION_LIFETIME",
    ),
    VerdictRow(
        "invalid-signature",
        "unreadable",
        lambda f: f.loaded == "invalid-signature" and f.empty,
        "The signature of the cookie is not valid, so the session started empty. Either it was signed with another "
        "SECRET_KEY (then every older session is refused), or another app on this host set it, or it was changed.",
        "SECRET_KEY",
        "Set a fixed SECRET_KEY (the old one in SECRET_KEY_FALLBACKS), and a SESSION_COOKIE_NAME of its own for each "
        "app on one host.",
    ),
    VerdictRow("empty", "none", lambda f: f.modified and f.empty, "The session is empty, so nothing is stored."),
    VerdictRow(
        "untouched",
        "unchanged",
        lambda f: f.loaded == "found" and not f.has_calls,
        "Nothing touched the session by the time the response was ready.",
    ),
    VerdictRow(
        "untouched",
        "none",
        lambda f: not f.has_calls,
        "Nothing touched the session by the time the response was ready, and none was begun.",
    ),
    VerdictRow(
        "not-modified",
        "unchanged",
        lambda f: f.loaded == "found",
        "The session was read and not changed by the time the response was ready.",
    ),
    VerdictRow("empty", "none", always, "The session is empty, so nothing is stored."),
)

COOKIE_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "cleared",
        "expired",
        lambda f: f.is_cookie_dropped,
        "The session was emptied, so the response asks the browser to drop the cookie.",
    ),
    VerdictRow("modified", "set", lambda f: f.is_cookie_set and f.modified, "The session was changed."),
    VerdictRow(
        "refreshed",
        "set",
        lambda f: f.is_cookie_set,
        "The session is permanent, so its cookie is sent again with each response, with a new expiry.",
        _refresh,
    ),
    VerdictRow(
        "app-set",
        lambda f: "expired" if f.set_cookie.is_deletion else "set",
        lambda f: f.set_cookie is not None,
        "The response sets it. Other code than the session interface did that.",
    ),
    VerdictRow(
        "not-saved",
        "not-set",
        lambda f: f.is_unsaved and f.is_changed and not f.was_sent,
        "The session was not saved, so its cookie was not set.",
        due=True,
    ),
    VerdictRow(
        "not-saved",
        "none",
        lambda f: f.is_unsaved and (f.is_changed or not f.is_websocket),
        "The session was not saved, so its cookie was not sent again.",
    ),
    VerdictRow(
        "refused",
        "none",
        lambda f: f.is_refused or f.loaded == "missing",
        "The browser keeps the cookie that was not accepted: nothing was saved that would replace it.",
    ),
    VerdictRow(
        "not-modified",
        "none",
        lambda f: f.loaded == "found",
        lambda f: (
            f"The browser has this cookie. {f.framework} sends it again when the session is changed, or is permanent."
        ),
        _refresh,
    ),
    VerdictRow("empty", "none", always, "There is nothing in the session, so there is no cookie."),
)
