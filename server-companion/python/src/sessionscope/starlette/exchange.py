"""One request on its way through a SessionMiddleware."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import HTTPConnection

from ..core.discovery import header_with
from ..core.encode import shorten
from ..endpoint.inside import headers_of
from ..observe.companion import Companion
from ..observe.exchange import ObservedExchange, RequestLine, SentCookie
from ..observe.http_facts import ResponseFacts, of_headers
from ..observe.mapping_calls import forget_session, observe_session, recording_class
from ..observe.observed_mapping import ObservedMapping
from ..observe.sealed_cookie import SealedClocks, SealedText
from ..observe.set_cookie import SetCookie, count_sent, find_set_cookie
from ..observe.stored_state import holds
from ..observe.unfit_values import unfit_keys
from ..observe.verdict_facts import Error
from .library import Opened, StarletteLibrary, content_of
from .verdict import judge
from .verdict_facts import Facts

_HEADER = b"sessionscope"

#: How the operations of the middleware itself are called: it reads the cookie, writes it, and drops it.
READ = "cookie"
WRITE = "Set-Cookie"
DROP = "delete_cookie"


class Exchange(ObservedExchange):
    observed: ObservedMapping | None = None
    #: How the middleware took the cookie; None: there was none.
    opened: Opened | None = None
    #: How it was loaded, once the middleware has made the session.
    loaded = "none-sent"
    #: The last piece of the response was sent.
    is_complete = False
    status: int | None = None
    #: `accessed`, `modified`, emptiness and keys with a nested change, as they were when the middleware decided.
    decided_on: tuple[bool, bool, bool, list[str]] | None = None
    has_session = True
    _error: Error | None = None
    _save_error: Error | None = None
    _set_cookie: SetCookie | None = None
    _is_own = False
    _cookies_before = 0
    _unfit: list[str]

    def __init__(
        self,
        companion: Companion,
        library: StarletteLibrary,
        index: int,
        scope: Any,
        prefix: str | None,
        is_exact: bool,
    ) -> None:
        super().__init__(companion)
        self.library = library
        self.middleware = index
        self._scope = scope
        #: The discovery header up to the exchange's id; None: the endpoint would refuse this host.
        self._prefix = prefix
        #: The middleware's cookie is Starlette's own, and not a subclass's.
        self._is_exact = is_exact
        self._unfit = []
        self.is_websocket = scope["type"] == "websocket"
        self._clocks: SealedClocks | None = None
        self._saved_key: str | None = None

    def start(self) -> None:
        """The request came in."""
        scope = self._scope
        identity = self.companion.identity
        headers = headers_of(scope)
        client = scope.get("client")
        name = self.library.cookie_name
        self._value = HTTPConnection(scope).cookies.get(name)
        cookie = SentCookie(name)
        if self._value is not None:
            self.opened = self.library.open(self._value)
            times = max(1, count_sent(headers.get("cookie", ""), name))
            is_valid = self.opened.outcome != "invalid-signature"
            owner = identity.fingerprint(self._value) if is_valid else None
            cookie = SentCookie(name, times, "valid" if is_valid else "invalid", owner, "last")
        self.begin(
            RequestLine(
                scope.get("method", "GET"),
                identity.without_keys(scope["path"]),
                scope.get("scheme") in ("https", "wss"),
                of_headers(headers, client[0] if client else None),
                "websocket" if self.is_websocket else None,
            ),
            cookie,
        )

    def take_session(self, scope: Any) -> None:
        """The middleware has made the session; no code of the app has seen it yet."""
        # A subclass may have passed on a scope of its own.
        self._scope = scope
        session = scope["session"]
        kind = recording_class(type(session))
        if type(session) is dict:
            # Before 1.0 it has no class of its own.
            session = scope["session"] = kind(session)
        else:
            session.__class__ = kind
        observed = ObservedMapping(self, session)
        loaded = self._loaded(bool(session))
        if loaded == "found":
            observed.session_key = self._value
            observed.take_loaded()
        self.observed = observed
        self.loaded = loaded
        fields: dict[str, Any] = {"session": self.owner, "outcome": loaded}
        if self._value is not None and self.opened is not None:
            fields.update(layer="cookie", bytes=len(self._value))
            if loaded in ("expired", "invalid-signature"):
                fields["reason"] = loaded
            self._clocks = SealedClocks(self.opened.sealed_at, self.library.max_age, "max_age")
            fields["expiry"] = self._clocks
        size = 0
        if loaded == "found" and observed.memory is not None:
            fields["keys"] = len(observed.memory)
            fields["state"] = self.stored_state = observed.memory.state(is_compared=True)
            size = observed.memory.bytes
        if self._value is not None:
            observed.record("load", READ, None, size, **fields)
        observe_session(session, observed)

    def _loaded(self, has_data: bool) -> str:
        if self.opened is None:
            return "none-sent"
        # A subclass may accept what Starlette's own rule refuses.
        return "found" if has_data else self.opened.outcome

    # ── the decision ───────────────────────────────────────────────────────────

    def before_decision(self, message: Any) -> None:
        """The head of the response is about to pass the middleware."""
        observed = self.observed
        if observed is None:
            return
        observed.checkpoint()
        values = observed.values
        session = observed.session()
        is_tracking = hasattr(type(session), "modified")
        is_changed = bool(values.get("modified") if is_tracking else observed.changed)
        accessed = bool(values.get("accessed")) if is_tracking else observed.has_calls
        self.decided_on = accessed, is_changed, not session, list(self.inferred)
        self.has_session = self._scope.get("session") is session
        self._cookies_before = len(self._set_cookies(message))
        self.is_all_stored = True
        self.inferred.clear()
        observed.changed.clear()
        observed.is_library_running = True

    def after_decision(self, error: BaseException | None) -> None:
        """The middleware has passed the head on, or failed with an error of its own."""
        observed = self.observed
        if observed is not None:
            observed.is_library_running = False
        if error is not None and self.status is None and observed is not None:
            self._save_error = Error(**observed.describe(error))
            known = observed.known()
            self._unfit = unfit_keys(known.encoded_state())
            observed.record(
                "save", WRITE, None, known.bytes, state=known.state(), keys=len(known), outcome="error",
                error=self._save_error._asdict(), session=self.owner,
            )  # fmt: skip

    def send_head(self, message: Any) -> Any:
        """The head as it leaves the middleware; gives it with the discovery header in it."""
        self.status = message["status"]
        self.head_at = time.perf_counter()
        cookies = self._set_cookies(message)
        found = find_set_cookie(cookies, self.library.cookie_name)
        if found is not None:
            self._set_cookie, value = found
            self._is_own = len(cookies) > self._cookies_before
            if self._is_own:
                self._note_cookie(self._set_cookie, value)
        self.is_all_stored = True
        get = {name.lower(): value.decode("latin-1") for name, value in message.get("headers", [])}.get
        self.response_facts = ResponseFacts(get(b"cache-control"), get(b"vary"), get(b"location"))
        prefix = self._prefix
        if prefix is None:
            return message
        headers = list(message.get("headers", []))
        known = next((value.decode("latin-1") for name, value in headers if name.lower() == _HEADER), None)
        headers = [(name, value) for name, value in headers if name.lower() != _HEADER]
        headers.append((_HEADER, header_with(known, f'{prefix}{self.id}"').encode("latin-1")))
        return {**message, "headers": headers}

    def _set_cookies(self, message: Any) -> list[str]:
        return [value.decode("latin-1") for name, value in message.get("headers", []) if name.lower() == b"set-cookie"]

    def _note_cookie(self, cookie: SetCookie, value: str) -> None:
        observed = self.observed
        if observed is None:
            return
        known = observed.known()
        if cookie.is_deletion:
            observed.record(
                "flush",
                DROP, None, session=self.owner, outcome="done", cookieProduced=True,
                **{"from": self.owner, "to": None},
            )  # fmt: skip
            observed.session_key = self.stored_state = None
            return
        before = observed.name()
        observed.session_key = self._saved_key = value
        opened = self.library.open(value)
        self._clocks = SealedClocks(opened.sealed_at, self.library.max_age, "max_age")
        state = self.stored_state = known.state(is_compared=True)
        fields: dict[str, Any] = {
            "state": state,
            "keys": len(known),
            "bytes": len(value),
            "outcome": "done",
            "cookieProduced": True,
            "reason": "modified" if self.decided_on and self.decided_on[1] else "not-empty",
            "from": before,
            "to": observed.name(),
            "expiry": self._clocks,
        }
        if self._is_exact:
            fields["stored"] = SealedText(value, content_of, self.digest)
        observed.record("save", WRITE, None, known.bytes + len(value), **fields)

    # ── the end ────────────────────────────────────────────────────────────────

    def finish(self, error: BaseException | None) -> None:
        """The app has ended, its background tasks included, or (error) raised."""
        if self.is_ended:
            return
        self.leave()
        observed = self.observed
        late: list[str] = []
        if observed is not None:
            observed.checkpoint()
            is_left = self.decided_on is not None and not self.is_all_stored and self.has_session
            if is_left and not self._holds(observed):
                late = [*observed.changed, *self.inferred] or ["The session"]
            forget_session(observed)
        has_failed = error is not None and self.status is None and not _is_cancelled(error)
        if has_failed and self._save_error is None and observed is not None and error is not None:
            self._error = Error(**observed.describe(error))
            self._error = self._error._replace(message=shorten(self._error.message, 300))
        elif has_failed and self._save_error is None and error is not None:
            self._error = Error(type(error).__name__, "")
        facts = self._facts_of(observed, late)
        # Starlette's outermost layer answers an error that nothing handled, out of our sight.
        status = 500 if has_failed and "app" in self._scope and not self.is_websocket else self.status
        clocks = self._clocks
        self.end(facts, self.response_facts, status, self._set_cookie, clocks)
        self.observed = None
        self._scope = None

    def _facts_of(self, observed: ObservedMapping | None, late: list[str]) -> Facts:
        accessed, modified, empty, inferred = self.decided_on or (False, False, True, list(self.inferred))
        is_tracking = self.library.is_tracking
        if self.decided_on is None and observed is not None:
            accessed = observed.has_calls
            modified = bool(observed.values.get("modified") or observed.changed)
        return Facts(
            is_tracking,
            self.is_websocket,
            self.cookie.times > 0,
            self.loaded,
            self.has_session,
            accessed,
            modified,
            empty,
            self.status,
            self._error,
            self._save_error,
            self._unfit,
            [] if modified else inferred,
            late,
            self._set_cookie,
            self._is_own,
            self.status is None and observed is not None and self._holds(observed),
        )

    def _holds(self, observed: ObservedMapping) -> bool:
        """Whether the cookie holds what the session holds: asked only where it decides, for it costs two encodings."""
        return holds(self.stored_state, observed.known(), self.digest)

    def judge(self, facts: Facts) -> dict[str, Any]:
        return judge(facts)

    def session_after(self, facts: Facts, outcome: str) -> str | None:
        if facts.is_saved and self._saved_key is not None:
            name: str | None = self.companion.identity.fingerprint(self._saved_key)
            return name
        return None if facts.is_cleared or facts.loaded != "found" else self.owner

    def ending(self, status: int | None) -> str:
        if status is None:
            return "aborted"
        is_cut = self.status is not None and not self.is_complete and not self.is_websocket
        return "aborted" if is_cut else "completed"


def _is_cancelled(error: BaseException) -> bool:
    return not isinstance(error, Exception)
