"""Why the session was saved or not and the cookie set or not: Django's own rules, over what it did."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings

from .core import protocol
from .core.encode import shorten
from .core.protocol import EncodedValue, is_tagged
from .response_cookie import SetCookie

#: Browsers drop a cookie whose name and value are longer.
MAX_COOKIE_BYTES = 4096


class Save(NamedTuple):
    """A call of `save`, and how it ended. The error itself is not kept: it would hold frames of the app."""

    is_framework: bool
    #: The error's class; None: it was saved.
    error: str | None = None
    message: str = ""
    #: An error of the kind that a serializer raises.
    is_unfit: bool = False


UNFIT_ERRORS = (TypeError, ValueError, OverflowError)


class Facts(NamedTuple):
    #: `request.session` is the session that Django's middleware made.
    has_session: bool
    #: The request bore a cookie of the session's name.
    was_sent: bool
    #: `found`, `missing`, `invalid-signature`, …; None: nothing was loaded.
    load: str | None
    accessed: bool
    modified: bool
    #: As Django's middleware found it: no key and no data.
    empty: bool
    #: None: the request was cancelled.
    status: int | None
    saves: list[Save]
    was_flushed: bool
    #: Keys in which a nested change was found while nothing set `modified`.
    inferred: list[str]
    #: Keys that can't be serialized, where a save failed on them.
    unfit: list[str] | None
    set_cookie: SetCookie | None
    is_secure_request: bool
    #: `Host` as the request gave it. Not `get_host`, which refuses some.
    host_header: str
    #: `SESSION_SAVE_EVERY_REQUEST` at that time.
    saves_every: bool

    @property
    def is_aborted(self) -> bool:
        return self.status is None

    @property
    def unsaved(self) -> list[str]:
        return list(dict.fromkeys(self.inferred))

    @property
    def host(self) -> str:
        """The name that was asked for, without port."""
        host = self.host_header
        return (host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]).lower()


def judge(facts: Facts) -> dict[str, Any]:
    return {"record": _record(facts), "cookie": _cookie(facts)}


def _decision(
    outcome: str, reason: str, text: str, setting: str | None = None, mend: str | None = None
) -> dict[str, Any]:
    decision = {
        "outcome": outcome,
        "reason": reason,
        "text": shorten(text, protocol.SENTENCE_LENGTH),
    }
    if setting is not None:
        decision["setting"] = setting
    if mend is not None:
        decision["mend"] = shorten(mend, protocol.SENTENCE_LENGTH)
    return decision


def _save_every(facts: Facts) -> str:
    return f"SESSION_SAVE_EVERY_REQUEST = {facts.saves_every}"


def _record(facts: Facts) -> dict[str, Any]:
    if not facts.has_session:
        return _decision(
            "none",
            "no-session",
            "request.session is not the session that SessionMiddleware made: Django decided about another object, "
            "or about none.",
            mend="Change the session that is there; do not assign request.session.",
        )
    failed = next((save for save in reversed(facts.saves) if save.error is not None), None)
    if failed is not None and (failed.is_framework or facts.saves[-1] is failed):
        return _failed(facts, failed)
    by_framework = any(save.is_framework and save.error is None for save in facts.saves)
    if by_framework:
        return _saved(facts)
    if any(save.error is None for save in facts.saves):
        return _decision("saved", "app-saved", "The app called save().")
    if facts.is_aborted:
        return _decision(
            "not-saved" if facts.modified else "none",
            "aborted",
            "The request was cancelled before Django decided about the session.",
        )
    if facts.was_flushed and facts.empty:
        return _decision("deleted", "flushed", "The app called flush(): the record was deleted.")
    if facts.modified and not facts.empty and (facts.status or 0) >= 500:
        return _decision(
            "not-saved",
            "server-error",
            f"The response is a {facts.status}: Django saves no session with a server error.",
            mend="What the session held in memory is lost with this request. "
            "Call request.session.save() before the error where it must survive.",
        )
    if facts.unsaved:
        keys = ", ".join(facts.unsaved[:5])
        return _decision(
            "not-saved",
            "nested-change",
            f"What lies inside {keys} was changed, and request.session.modified was never set: "
            "Django sees only keys that are assigned or deleted.",
            _save_every(facts),
            "Set request.session.modified = True after changing what lies inside, or assign the key again.",
        )
    if facts.load in ("missing", "expired", "invalid-signature", "error") and facts.empty:
        return _decision("missing", facts.load, _MISSING_TEXT[facts.load])
    if facts.modified and facts.empty:
        return _decision("none", "empty", "The session is empty and has no key, so nothing is stored.")
    if not facts.accessed:
        return _decision(
            "unchanged" if facts.was_sent else "none",
            "untouched",
            "Nothing touched the session: it was not even loaded."
            if facts.was_sent
            else "Nothing touched the session, and none was begun.",
        )
    if facts.was_sent and not facts.empty:
        return _decision("unchanged", "not-modified", "The session was read and not changed.", _save_every(facts))
    return _decision("none", "empty", "An empty session without a key is not stored.")


_MISSING_TEXT = {
    "missing": "The store holds no record by the key that the cookie gives: expired, deleted, or never there. "
    "Nothing was written to the new session.",
    "expired": "The record that the cookie names had expired. Nothing was written to the new session.",
    "invalid-signature": "The record's signature does not hold (another SECRET_KEY?), so it reads as empty.",
    "error": "The record can't be decoded, so it reads as empty.",
}


def _failed(facts: Facts, save: Save) -> dict[str, Any]:
    name = save.error
    if name == "UpdateError":
        return _decision(
            "failed",
            "interrupted",
            "The record was deleted while this request ran, so Django wrote nothing and answered with "
            "SessionInterrupted, a 400: a session that was logged out is never written back.",
            mend="Look for a logout or flush() in a request that ran at the same time.",
        )
    unfit = facts.unfit if save.is_unfit else None
    if unfit:
        return _decision(
            "failed",
            "not-serializable",
            f"The session can't be serialized: {', '.join(unfit[:5])}. {name}: {save.message}",
            f"SESSION_SERIALIZER = {settings.SESSION_SERIALIZER!r}",
            "Store what JSON can hold: an id instead of an object, isoformat() instead of a date.",
        )
    return _decision(
        "failed",
        "store-error",
        f"The store failed on save: {name}: {save.message}",
        mend="What the session held in memory is lost with this request.",
    )


def unfit_keys(state: EncodedValue) -> list[str]:
    """Top-level keys whose value JSON can't hold, each with its type: `user (User)`."""
    if not isinstance(state, dict):
        return []
    entries = state.get("entries", []) if is_tagged(state) else list(state.items())
    found = []
    for key, value in entries:
        unfit = _unfit(value)
        if unfit is not None:
            found.append(f"{key} ({unfit})")
    return found


def _unfit(value: EncodedValue) -> str | None:
    if isinstance(value, list):
        return next(filter(None, map(_unfit, value)), None)
    if not isinstance(value, dict):
        return None
    if not is_tagged(value):
        return next(filter(None, map(_unfit, value.values())), None)
    tag = value["$"]
    if tag in ("object", "opaque", "bytes"):
        return str(value["class"]) if "class" in value else None
    if tag == "error":
        return str(value["name"])
    return {"date": "datetime", "set": "set", "function": "function", "cycle": "a cycle"}.get(tag)


def _saved(facts: Facts) -> dict[str, Any]:
    if facts.modified:
        if facts.load == "found":
            return _decision("saved", "modified", "The session was changed.")
        return _decision("saved", "modified", "A new session with data in it.")
    return _decision(
        "saved",
        "save-every-request",
        "Nothing changed, and the session was saved all the same.",
        _save_every(facts),
    )


def _cookie(facts: Facts) -> dict[str, Any]:
    if facts.set_cookie is not None:
        attributes = facts.set_cookie.told()
        return {**_cookie_set(facts, attributes, facts.set_cookie.is_deletion), "attributes": attributes}
    failed = any(save.error is not None and save.is_framework for save in facts.saves)
    wants = (facts.modified or facts.saves_every) and not facts.empty
    if not facts.has_session:
        return _decision("none", "no-session", "Django set no cookie.")
    if failed:
        return _decision("none", "failed", "The session was not saved, so no cookie was set.")
    if wants and (facts.status or 0) >= 500:
        due = not facts.was_sent
        decision = _decision(
            "not-set" if due else "none",
            "server-error",
            f"The response is a {facts.status}: Django sets no session cookie with a server error.",
        )
        return {**decision, "due": True} if due else decision
    if wants and not facts.is_aborted:
        decision = _decision(
            "not-set",
            "removed",
            "Django had reason to set the cookie and the response bears none: other code took it off.",
            mend="Look for middleware that replaces the response or deletes its cookies.",
        )
        return {**decision, "due": True}
    if facts.was_sent:
        return _decision(
            "none",
            "not-modified",
            "The browser has this cookie already. Django sends it again only when it saves the session.",
            _save_every(facts),
        )
    return _decision("none", "empty", "There is no session to name, so there is no cookie.")


def _cookie_set(facts: Facts, attributes: dict[str, Any], is_deletion: bool) -> dict[str, Any]:
    if is_deletion:
        return _decision(
            "expired",
            "empty",
            "The session is empty, so the response tells the browser to drop the cookie.",
        )
    if attributes["bytes"] > MAX_COOKIE_BYTES:
        return _decision(
            "set",
            "too-long",
            f"The cookie is {attributes['bytes']} bytes long; browsers drop one over {MAX_COOKIE_BYTES}.",
            f"SESSION_ENGINE = {settings.SESSION_ENGINE!r}",
            "Store less, or use an engine that keeps the data on the server.",
        )
    mend = None
    text = "The session was saved, and with it the cookie is sent."
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and facts.host != domain and not facts.host.endswith(f".{domain}"):
        return _decision(
            "set",
            "foreign-domain",
            f"{text} Its domain is {domain} and the page's is {facts.host}: browsers refuse it, "
            "and each request starts a new session.",
            f"SESSION_COOKIE_DOMAIN = {settings.SESSION_COOKIE_DOMAIN!r}",
            "Leave SESSION_COOKIE_DOMAIN = None, or name a domain that the page lies below.",
        )
    if attributes["secure"] and not facts.is_secure_request:
        text += " It is Secure and this request came over plain http: browsers keep it from localhost only, if at all."
        mend = (
            "SESSION_COOKIE_SECURE = False while developing over http. "
            "Behind a proxy that speaks https: set SECURE_PROXY_SSL_HEADER."
        )
    elif attributes.get("sameSite") == "none" and not attributes["secure"]:
        text += " It is SameSite=None and not Secure: browsers refuse it."
        mend = "SameSite=None needs SESSION_COOKIE_SECURE = True and https."
    if any(save.is_framework and save.error is None for save in facts.saves):
        reason = "modified" if facts.modified else "save-every-request"
        return _decision("set", reason, text, None if facts.modified else _save_every(facts), mend)
    return _decision("set", "app-set", "The response sets it; Django had no reason to.", None, mend)
