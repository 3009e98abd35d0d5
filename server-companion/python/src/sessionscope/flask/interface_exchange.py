"""One request on its way through a session interface: from `open_session` to the end of its response."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from ..core.discovery import format_discovery, header_with
from ..core.protocol import DISCOVERY_HEADER
from ..observe.companion import Companion
from ..observe.exchange import ObservedExchange, SentCookie
from ..observe.mapping_calls import forget_session, observe_session, recording_class
from ..observe.records import OPERATION
from ..observe.sealed_cookie import SealedClocks, SealedText
from ..observe.set_cookie import SetCookie, count_sent, find_set_cookie
from ..observe.stored_state import holds
from ..observe.unfit_values import unfit_keys
from ..observe.verdict_facts import Error
from ..observe.verdict_table import VerdictRow
from .library import FlaskLibrary, Opened
from .observed_session import ObservedFlaskSession, permanent_of
from .records import LoadedRecord, SerializedState, StoreClocks
from .verdict import RECORD_ROWS, judge
from .verdict_facts import Facts

#: Status of a WebSocket that was accepted.
SWITCHING = 101

#: The exchange for which a session interface opens or saves a session right now.
under_way: ContextVar[InterfaceExchange | None] = ContextVar("sessionscope_flask_exchange", default=None)


class InterfaceExchange(ObservedExchange):
    #: What decides what became of the record.
    record_rows: Sequence[VerdictRow] = RECORD_ROWS
    observed: ObservedFlaskSession | None = None
    #: How the interface took the cookie; None: there was none.
    opened: Opened | None = None
    loaded = "none-sent"
    #: What the store gave, where there is one.
    record: LoadedRecord | None = None
    has_session = True
    is_websocket = False
    #: A response is on its way out.
    has_response = False
    status: int | None = None
    is_saved = False
    is_deleted = False
    #: `session.modified`, `.permanent`, emptiness and keys with a nested change, as the interface found them.
    decided_on: tuple[bool, bool, bool, list[str]] | None = None
    _error: Error | None = None
    _save_error: Error | None = None
    _set_cookie: SetCookie | None = None
    _is_own = False

    def __init__(self, companion: Companion, library: FlaskLibrary, index: int, request: Any) -> None:
        super().__init__(companion)
        self.library = library
        self.middleware = index
        self._request = request
        self._unfit: list[str] = []
        self._clocks: Any = None
        self._saved_name: str | None = None

    def take_cookie(self, header: str) -> SentCookie:
        """The session's cookie. `header`: `Cookie`, as the request brought it."""
        name = self.library.cookie_name
        value = self._request.cookies.get(name)
        if not value:
            return SentCookie(name)
        self.opened = opened = self.library.open(value)
        owner = None if opened.key is None else self.companion.identity.fingerprint(opened.key)
        return SentCookie(name, max(1, count_sent(header, name)), opened.signature, owner, "first")

    # ── the session is opened ──────────────────────────────────────────────────

    def take_session(self, session: Any) -> None:
        """The interface has opened the session (None: it could not); no code of the app has seen it yet."""
        if session is None or self.library.interface.is_null_session(session):
            self.has_session = False
            return
        observed: ObservedFlaskSession | None = None
        if isinstance(session, dict):
            session.__class__ = recording_class(type(session), permanent_of)
            observed = ObservedFlaskSession(self, session)
            self.observed = observed
        opened = self.opened
        if opened is None:
            self._observe(session, observed)
            return
        record = self.record
        if opened.refusal is not None:
            self.loaded = opened.refusal
        elif record is None:
            self.loaded = "found"
        else:
            self.loaded = record.outcome
        if observed is None:
            return
        fields: dict[str, Any] = {
            "session": self.owner,
            "outcome": self.loaded,
            "layer": "store" if self.library.is_server_side else "cookie",
        }
        if opened.refusal is not None:
            fields["reason"] = opened.refusal
        if record is not None:
            fields["durationMs"] = record.took_ms
        self._clocks = SealedClocks(opened.sealed_at, self.library.lifetime_s, "PERMANENT_SESSION_LIFETIME")
        if not self.library.is_server_side and opened.key is not None:
            fields["bytes"] = len(opened.key)
            fields["expiry"] = self._clocks
        elif record is not None and record.bytes is not None:
            fields["bytes"] = record.bytes
        size = 0
        if self.loaded == "found":
            observed.session_key = opened.key
            observed.take_loaded()
            known = observed.known()
            fields["keys"] = len(known)
            fields["state"] = self.stored_state = known.state(is_compared=True)
            size = known.bytes
        observed.record("load", "open_session", None, size, **fields)
        self._observe(session, observed)

    def _observe(self, session: Any, observed: ObservedFlaskSession | None) -> None:
        if observed is not None:
            observed.take_begun()
            observe_session(session, observed)

    def load_failed(self, error: BaseException) -> None:
        """The interface raised an error as it opened the session."""
        self.loaded = "error"
        self._error = self._describe(error)
        fields = {"outcome": "error", "error": self._error._asdict(), "layer": "store"}
        self.log.put((OPERATION, self, 0, time.perf_counter(), self.owner, None, "open_session", "load", fields))

    def _describe(self, error: BaseException) -> Error:
        try:
            message = self.companion.identity.without_keys(str(error)[:300])
        except Exception:
            message = ""
        return Error(type(error).__name__[:256], message)

    # ── the decision ───────────────────────────────────────────────────────────

    def before_save(self) -> None:
        """Flask has a response, and asks the interface to save the session."""
        observed = self.observed
        if observed is None:
            return
        observed.checkpoint()
        session = observed.session()
        values = observed.values
        modified = bool(values.get("modified", getattr(type(session).__mro__[1], "modified", True)))
        self.decided_on = (
            modified,
            bool(dict.get(session, "_permanent", False)),
            not dict.keys(session) - {"_permanent"} if self.library.is_server_side else not dict.__len__(session),
            list(self.inferred),
        )
        self.inferred.clear()
        observed.changed.clear()
        observed.is_library_running = True

    def after_save(self, response: Any, cookies_before: int, error: BaseException | None) -> None:
        """The interface has saved the session or not, or failed."""
        observed = self.observed
        if observed is not None:
            observed.is_library_running = False
        if response is not None:
            self.status = response.status_code
        if error is not None:
            self._save_error = self._describe(error)
            if observed is not None:
                known = observed.known()
                self._unfit = unfit_keys(known.encoded_state()) if isinstance(error, (TypeError, ValueError)) else []
                observed.record(
                    "save", "save_session", None, known.bytes, session=self.owner, state=known.state(),
                    keys=len(known), outcome="error", error=self._save_error._asdict(),
                )  # fmt: skip
            self.is_all_stored = True
            return
        # A second time, where Flask makes another response of an error.
        self._save_error = None
        if response is None:
            # Of a WebSocket: what the session's class keeps of it, the interface has seen.
            return
        cookies = response.headers.getlist("Set-Cookie")
        found = find_set_cookie(cookies, self.library.cookie_name)
        if found is not None:
            self._set_cookie, value = found
            self._is_own = len(cookies) > cookies_before
            if self._is_own and self.library.is_sealed and observed is not None:
                self._note_sealed(observed, self._set_cookie, value)
        self.is_all_stored = True

    def _note_sealed(self, observed: ObservedFlaskSession, cookie: SetCookie, value: str) -> None:
        if cookie.is_deletion:
            self.note_deleted(observed, 0, "delete_cookie", None)
            return
        opened = self.library.open(value)
        clocks = SealedClocks(opened.sealed_at, self.library.lifetime_s, "PERMANENT_SESSION_LIFETIME")
        stored = None
        if self.library.opens_plainly:
            stored = SealedText(value, self.library.content_of, self.digest)
        self._note_saved(observed, value, 0, "save_session", None, stored, len(value), clocks)

    # ── what the interface does with a store ───────────────────────────────────

    def note_stored(self, session: Any, call: str, caller: Any, took_ms: float, data: bytes | None) -> None:
        """Flask-Session has written a record."""
        observed = self.observed
        if observed is None or observed.session() is not session:
            return
        known = observed.known()
        state = known.state()
        stored: Any = state
        if data is not None:
            stored = SerializedState(data, self.library.interface.serializer, self.digest)
        elif self.library.interface.serializer is not None and not hasattr(self.library.interface, "cache"):
            stored = None
        clocks = StoreClocks(time.time(), self.library.lifetime_s)
        bytes_ = None if data is None else len(data)
        self._note_saved(observed, session.sid, took_ms, call, caller, stored, bytes_, clocks)

    def _note_saved(
        self,
        observed: ObservedFlaskSession,
        key: str,
        took_ms: float,
        call: str,
        caller: Any,
        stored: Any,
        size: int | None,
        clocks: Any,
    ) -> None:
        known = observed.known()
        before = observed.name()
        observed.session_key = key
        self._clocks = clocks
        self.is_saved = True
        self.is_all_stored = True
        state = self.stored_state = known.state(is_compared=True)
        fields: dict[str, Any] = {"state": state, "keys": len(known), "outcome": "done", "expiry": clocks}
        if stored is not None:
            fields["stored"] = stored
        if size is not None:
            fields["bytes"] = size
        if took_ms:
            fields["durationMs"] = took_ms
        name = observed.name()
        if name != before:
            fields.update({"from": before, "to": name})
        if caller is None and self.decided_on is not None:
            fields["reason"] = "modified" if self.decided_on[0] else "refreshed"
        if self.library.is_sealed:
            fields["cookieProduced"] = True
        self._saved_name = name
        observed.record("save", call, caller, known.bytes + (size or 0), **fields)

    def note_deleted(self, observed: ObservedFlaskSession, took_ms: float, call: str, caller: Any) -> None:
        """The record was deleted, or the sealed cookie dropped."""
        gone = observed.name()
        fields: dict[str, Any] = {"session": gone, "outcome": "done"}
        if took_ms:
            fields["durationMs"] = took_ms
        observed.record("flush", call, caller, **fields, **{"from": gone, "to": None})
        observed.session_key = self.stored_state = None
        self.is_deleted = True
        self._saved_name = None

    # ── the end ────────────────────────────────────────────────────────────────

    def announce_at(self, response: Any, mount: str, at: str | None) -> None:
        """Puts the discovery header on the response. `mount`: where the app is mounted, without a slash at its end."""
        path = mount + self.companion.endpoint.path
        item = f'{format_discovery(path, self.companion.identity.app, at, self.log.epoch)}{self.id}"'
        response.headers[DISCOVERY_HEADER] = header_with(response.headers.get(DISCOVERY_HEADER), item)

    def finish(self, error: BaseException | None = None) -> None:
        """The response was sent, or (error) there is none."""
        if self.is_ended:
            return
        self.leave()
        observed = self.observed
        late: list[str] = []
        modified, permanent, empty, inferred = self.decided_on or (False, False, True, [])
        has_calls = False
        if observed is not None:
            observed.checkpoint()
            has_calls = observed.has_calls
            if self.decided_on is None:
                modified, inferred = bool(observed.changed), list(self.inferred)
            elif not self.is_all_stored and not self._holds(observed):
                late = [*observed.changed, *self.inferred] or ["The session"]
            forget_session(observed)
        if error is not None and self.status is None and self._error is None:
            self._error = self._describe(error)
        is_cookieless = self.is_websocket and not self.has_response
        is_unsaved = self.status is None or self._error is not None or is_cookieless
        facts = Facts(
            self.library.is_server_side,
            self.has_session,
            self.cookie.times > 0,
            self.loaded,
            has_calls,
            modified,
            permanent,
            bool(self.library.app.config.get("SESSION_REFRESH_EACH_REQUEST")),
            empty,
            self.status,
            self._error,
            self._save_error,
            self._unfit,
            [] if modified else inferred,
            late,
            self.is_saved,
            self.is_deleted,
            self._set_cookie,
            self._is_own,
            is_unsaved and observed is not None and self._holds(observed),
            self.library.framework,
            is_cookieless,
        )
        # What answers an error that is let through is made out of our sight.
        has_failed = self._error is not None or self._save_error is not None
        status = 500 if has_failed and not self.has_response and self.status != SWITCHING else self.status
        self.end(facts, self.response_facts, status, self._set_cookie, self._clocks)
        self.observed = None
        self._request = None

    def _holds(self, observed: ObservedFlaskSession) -> bool:
        """Whether the record holds what the session holds: asked only where it decides, for it costs two encodings."""
        return holds(self.stored_state, observed.known(), self.digest)

    def judge(self, facts: Facts) -> dict[str, Any]:
        return judge(facts, self.record_rows)

    def session_after(self, facts: Facts, outcome: str) -> str | None:
        if facts.is_deleted:
            return None
        if facts.is_saved:
            return self._saved_name
        return self.owner if facts.loaded == "found" else None
