"""One request on its way through Django: what the recording session sees comes here and goes to the log.

While the request runs only facts are taken, as they are; events, the verdict and the session it ended with are worked
out when somebody reads. Everything here may fail without the app noticing: callers guard it.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .core import protocol
from .core.encode import shorten
from .core.event_log import Record
from .core.protocol import Event
from .expiry import Clocks
from .response_cookie import take_set_cookie
from .verdict import Facts, Save, judge, unfit_keys

if TYPE_CHECKING:
    from .companion import Companion
    from .tracker import Tracker

#: The exchange whose request is being served, for the session that is made for it.
current_exchange: ContextVar[Exchange | None] = ContextVar("sessionscope_exchange", default=None)


def count_sent(header: str, name: str) -> int:
    """How many cookies of a name a request carries."""
    if name not in header:
        return 0
    return sum(part.partition("=")[0].strip() == name for part in header.split(";"))


class Exchange:
    #: Let go when the exchange ends: the request holds the session, and the session's tracker this.
    request: HttpRequest | None
    #: The session that Django's middleware made for the request.
    tracker: Tracker | None = None
    #: Fingerprint of the session that the cookie named, and how its signature was taken.
    owner: str | None = None
    signature: str | None = None
    sent = 0
    faults = 0
    is_ended = False
    #: How the first touch found the record: `found`, `missing`, `invalid-signature`, …
    load: str | None = None
    was_flushed = False
    #: `accessed`, `modified` and emptiness as Django's middleware found them.
    decided_on: tuple[bool, bool, bool] | None = None
    #: Fingerprint of the session's key at the end.
    _last: str | None = None
    _facts: Facts | None = None
    _verdict: dict[str, Any] | None = None

    def __init__(self, companion: Companion, request: HttpRequest) -> None:
        self.companion = companion
        self.digest = companion.identity.digest
        self.id = companion.ids.take()
        self.request = request
        self.started_at = time.perf_counter()
        self._began = time.time()
        self.saves: list[Save] = []
        #: Top-level keys in which a change was found that no operation told.
        self.inferred: list[str] = []

    def start(self) -> None:
        """Tells that the exchange began."""
        request = self.request
        if request is None:
            return
        companion = self.companion
        self.cookie_name = name = settings.SESSION_COOKIE_NAME
        self.is_secure = request.scheme == "https"
        self._method = request.method or "GET"
        self._path = request.path
        value = request.COOKIES.get(name)
        if value is not None:
            header = request.META.get("HTTP_COOKIE", "")
            self.sent = 1 if header.count(name) < 2 else max(1, count_sent(header, name))
            proof = companion.sessions.prove_value(value)
            self.signature = proof.signature
            self.owner = proof.fingerprint
        companion.open.add(self)
        companion.log.put((Exchange.started_event, self, 0))

    # ── what the log asks ──────────────────────────────────────────────────────

    def offset_of(self, clock: float) -> float:
        """Milliseconds since the exchange started; microseconds are as fine as the clock is honest."""
        return round((clock - self.started_at) * 1000, 3)

    def date_of(self, clock: float) -> float:
        """A reading of the monotonic clock as epoch ms."""
        return (self._began + clock - self.started_at) * 1000

    @property
    def after(self) -> str | None:
        """The session that it ended with; None: none, or it has not ended."""
        return None if self._facts is None else self._session_after()

    @staticmethod
    def started_event(record: Record) -> Event:
        self: Exchange = record[1]
        cookie: dict[str, Any] = {"name": self.cookie_name, "sent": self.sent}
        if self.signature is not None:
            cookie["signature"] = self.signature
        if self.owner is not None:
            cookie["fingerprint"] = self.owner
        return {
            "type": "exchange-started",
            "at": self._began * 1000,
            "exchange": self.id,
            "middleware": 0,
            "method": self._method[: protocol.NAME_LENGTH],
            "path": shorten(self._path, 1024),
            "protocol": "https" if self.is_secure else "http",
            "cookie": cookie,
        }

    @staticmethod
    def finished_event(record: Record) -> Event:
        self: Exchange
        clock: float
        clocks: Clocks | None
        _, self, _, clock, clocks, faults = record
        facts = self._facts
        if facts is None:
            raise RuntimeError("the exchange has not ended")
        event: Event = {
            "type": "exchange-finished",
            "at": self.date_of(clock),
            "exchange": self.id,
            "durationMs": self.offset_of(clock),
            "ending": "aborted" if facts.status is None else "completed",
            "sessionBefore": self.owner,
            "sessionAfter": self._session_after(),
            "verdict": self._judged(facts),
        }
        if facts.status is not None:
            event["status"] = facts.status
        expiry = {} if clocks is None else clocks.told()
        cookie = facts.set_cookie
        if cookie is not None and not cookie.is_deletion:
            expiry["cookieAt"] = cookie.told().get("expiresAt")
        if expiry:
            event["expiry"] = expiry
        if faults:
            event["faults"] = faults
        return event

    def _judged(self, facts: Facts) -> dict[str, Any]:
        if self._verdict is None:
            self._verdict = judge(facts)
        return self._verdict

    # ── what the request does ──────────────────────────────────────────────────

    def fault(self, where: str, error: BaseException) -> None:
        """Notes a fault of the companion's own in this exchange. Never raises."""
        self.faults += 1
        self.companion.faults.note(where, error, self)

    def finish(self, response: HttpResponseBase | None) -> None:
        """The response is made, or (None) the request was cancelled."""
        request = self.request
        if self.is_ended or request is None:
            return
        self.is_ended = True
        self.companion.open.discard(self)
        tracker = self.tracker
        clocks = state = None
        has_session = False
        if tracker is not None:
            if response is None or response.streaming or self.decided_on is None:
                # Else the last look was when Django decided, and no code of the app has run since.
                tracker.checkpoint()
            session = tracker.session()
            has_session = session is not None and request.__dict__.get("session") is session
            self._last = tracker.name()
            if tracker.memory is not None:
                clocks = tracker.clocks()
                if any(save.is_unfit for save in self.saves):
                    state = tracker.memory.encoded_state()
        accessed, modified, empty = self.decided_on or (False, False, True)
        meta = request.META
        self._facts = Facts(
            has_session,
            self.sent > 0,
            self.load,
            accessed,
            modified,
            empty,
            None if response is None else response.status_code,
            self.saves,
            self.was_flushed,
            [] if modified else self.inferred,
            None if state is None else unfit_keys(state),
            None if response is None else take_set_cookie(response, self.cookie_name),
            self.is_secure,
            meta.get("HTTP_HOST") or meta.get("SERVER_NAME") or "",
            bool(settings.SESSION_SAVE_EVERY_REQUEST),
        )
        self.companion.log.put((Exchange.finished_event, self, 0, time.perf_counter(), clocks, self.faults))
        # The tracker holds the exchange, and the session's data: nothing waits for the garbage collector.
        self.request = self.tracker = None

    def _session_after(self) -> str | None:
        facts = self._facts
        outcome = None if facts is None else self._judged(facts)["record"]["outcome"]
        if outcome == "saved":
            return self._last
        if outcome == "unchanged":
            return self.owner if self.load is None else self._last
        if outcome in ("deleted", "missing"):
            return None
        is_interrupted = any(save.error == "UpdateError" for save in self.saves)
        if is_interrupted or self.was_flushed:
            return None
        return self.owner if self.load in ("found", None) else None
