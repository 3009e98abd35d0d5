"""Why the session was saved or not and the cookie set or not: SessionMiddleware's own rules, over what it did.

The cookie is the record: what became of one became of the other. Whether a browser takes the cookie is not
Starlette's decision, and so not part of this.
"""

from __future__ import annotations

from typing import Any

from ..observe.verdict_facts import names_of
from ..observe.verdict_table import VerdictRow, always, decide
from .verdict_facts import Facts


def judge(facts: Facts) -> dict[str, Any]:
    """The verdict, as the wire has it."""
    cookie = decide(COOKIE_ROWS, facts)
    if facts.set_cookie is not None:
        cookie["attributes"] = facts.set_cookie.as_wire()
    return {"record": decide(RECORD_ROWS, facts), "cookie": cookie}


def _unsaved(facts: Facts) -> str:
    """Of a session that was not written: changed, there, or none."""
    if facts.is_changed or facts.late:
        return "not-saved"
    return "unchanged" if facts.loaded == "found" else "none"


def _begun(facts: Facts) -> str:
    if facts.is_refused:
        what = "had expired" if facts.loaded == "expired" else "was refused: its signature is not valid"
        return f"A new session was saved in the cookie. The one that the request brought {what}."
    return "A new session was saved in the cookie."


_SAVES_ALL = "Starlette before 1.0 sends each session that is not empty with each response."
_FIX_NESTED = "Assign the key again after changing a value inside it: request.session[key] = value."

RECORD_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "exception",
        _unsaved,
        lambda f: f.error is not None,
        lambda f: (
            f"The app raised {f.error}. SessionMiddleware writes the cookie with a response, and the one that "
            "answers an unhandled error is made outside of it: nothing was saved."
        ),
        fix="Handle the error with an exception handler for its class: that response passes SessionMiddleware.",
    ),
    VerdictRow(
        "not-serializable",
        "failed",
        lambda f: f.save_error is not None and bool(f.unfit),
        lambda f: (
            f"The session can't be written as JSON: {names_of(f.unfit)}. {f.save_error}. "
            "The request fails with this error."
        ),
        fix="Store what JSON can hold: an id instead of an object, isoformat() instead of a date.",
    ),
    VerdictRow(
        "not-written",
        "failed",
        lambda f: f.save_error is not None,
        lambda f: f"SessionMiddleware failed as it wrote the session: {f.save_error}.",
        fix="Change the session that is there; do not assign scope['session'] or request.scope['session'].",
    ),
    VerdictRow(
        "websocket",
        _unsaved,
        lambda f: f.is_websocket,
        "A WebSocket has no response that SessionMiddleware could write a cookie to: a session is read there, and "
        "never saved.",
        fix="Change the session in an HTTP request.",
    ),
    VerdictRow(
        "aborted",
        _unsaved,
        lambda f: f.status is None,
        "The request was cancelled before a response began, so nothing was saved.",
    ),
    VerdictRow(
        "after-head",
        "not-saved",
        lambda f: bool(f.late),
        lambda f: (
            f"{f.late_keys} changed after the head of the response was sent (in a streamed body or a background "
            "task). SessionMiddleware writes the cookie with the head, so this change is lost."
        ),
        fix="Change the session before the response is returned.",
    ),
    VerdictRow(
        "cleared",
        "deleted",
        lambda f: f.is_cleared,
        "The session is empty, so the cookie is dropped. A copy of the old cookie stays valid until it expires: "
        "nothing on the server revokes it.",
    ),
    VerdictRow(
        "modified",
        "saved",
        lambda f: f.is_saved and f.is_tracking and f.loaded == "found",
        "The session was changed, so it was saved in a new cookie.",
    ),
    VerdictRow("modified", "saved", lambda f: f.is_saved and f.is_tracking, _begun),
    VerdictRow(
        "not-empty",
        "saved",
        lambda f: f.is_saved and bool(f.inferred) and not f.modified,
        lambda f: (
            f"A value inside {f.nested} changed. It was saved because {_SAVES_ALL[0].lower()}{_SAVES_ALL[1:]} "
            "From 1.0 on it is lost: only an assignment counts there."
        ),
        fix=_FIX_NESTED,
    ),
    VerdictRow("not-empty", "saved", lambda f: f.is_saved and f.loaded != "found", _begun),
    VerdictRow(
        "not-empty",
        "saved",
        lambda f: f.is_saved and f.is_changed,
        f"The session was changed and saved in a new cookie. {_SAVES_ALL}",
    ),
    VerdictRow("not-empty", "saved", lambda f: f.is_saved, f"Nothing changed. {_SAVES_ALL}"),
    VerdictRow(
        "nested-change",
        "not-saved",
        lambda f: bool(f.inferred) and not f.modified,
        lambda f: (
            f"A value inside {f.nested} changed, but nothing in the session was assigned. Since Starlette 1.0 such a "
            "change is lost; earlier versions saved it."
        ),
        fix=_FIX_NESTED,
    ),
    VerdictRow(
        "expired",
        "missing",
        lambda f: f.loaded == "expired" and not f.is_changed,
        "The cookie is older than max_age, so the session started empty.",
        "max_age",
    ),
    VerdictRow(
        "invalid-signature",
        "unreadable",
        lambda f: f.loaded == "invalid-signature" and not f.is_changed,
        "The signature of the cookie is not valid, so the session started empty. Either it was signed with another "
        "secret_key (then every older session is refused), or another app on this host set it, or it was changed.",
        "secret_key",
        "Set a fixed secret_key, and a session_cookie of its own for each app on one host.",
    ),
    VerdictRow(
        "empty",
        "none",
        lambda f: f.is_changed,
        "The session is empty and there was none before, so no cookie is set.",
    ),
    VerdictRow(
        "untouched",
        "unchanged",
        lambda f: f.loaded == "found" and not f.accessed,
        "Nothing touched the session by the time the response was ready.",
    ),
    VerdictRow(
        "untouched",
        "none",
        lambda f: not f.accessed,
        "Nothing touched the session by the time the response was ready, and there is none.",
    ),
    VerdictRow(
        "not-modified",
        "unchanged",
        lambda f: f.loaded == "found",
        "The session was read and not changed by the time the response was ready.",
    ),
    VerdictRow("empty", "none", always, "The session is empty, so no cookie is set."),
)

COOKIE_ROWS: tuple[VerdictRow, ...] = (
    VerdictRow(
        "cleared",
        "expired",
        lambda f: f.is_cleared,
        "The session is empty, so the response asks the browser to drop the cookie.",
    ),
    VerdictRow(
        "modified",
        "set",
        lambda f: f.is_saved and f.is_tracking,
        "The session was changed, so its cookie is sent.",
    ),
    VerdictRow("not-empty", "set", lambda f: f.is_saved, f"The session is not empty. {_SAVES_ALL}"),
    VerdictRow(
        "app-set",
        lambda f: "expired" if f.set_cookie.is_deletion else "set",
        lambda f: f.set_cookie is not None,
        "The response sets it. Other code than SessionMiddleware did that.",
    ),
    VerdictRow(
        "not-saved",
        "not-set",
        lambda f: (f.error is not None or f.save_error is not None or f.is_websocket) and f.is_changed,
        "The session was not saved, so its cookie was not set.",
        due=True,
    ),
    VerdictRow(
        "refused",
        "none",
        lambda f: f.is_refused,
        "The browser keeps the cookie that was refused: nothing was saved that would replace it.",
    ),
    VerdictRow(
        "not-modified",
        "none",
        lambda f: f.loaded == "found",
        "The browser has this cookie. Starlette sends it again when something in the session is assigned.",
    ),
    VerdictRow("empty", "none", always, "There is nothing in the session, so there is no cookie."),
)
