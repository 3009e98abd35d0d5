"""One request on its way through Django: what the recording session sees comes here and goes to the log.

Everything here may fail without the app noticing: callers guard it.
"""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .core import protocol
from .core.encode import shorten
from .response_cookie import read_set_cookie
from .verdict import Facts, Save, judge

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
    def __init__(self, companion: Companion, request: HttpRequest) -> None:
        self.companion = companion
        self.id = os.urandom(16).hex()
        #: Let go when the exchange ends: the request holds the session, and the session's tracker this.
        self.request: HttpRequest | None = request
        self.started_at = time.perf_counter()
        self.faults = 0
        self.is_ended = False
        #: The session that Django's middleware made for the request.
        self.tracker: Tracker | None = None
        self.saves: list[Save] = []
        self.load: str | None = None
        self.was_flushed = False
        #: Top-level keys in which a change was found that no operation told.
        self.inferred: list[str] = []
        #: `accessed`, `modified` and emptiness as Django's middleware found them.
        self.decided_on: tuple[bool, bool, bool] | None = None
        self.key: str | None = None
        #: Fingerprint of the session that the cookie named.
        self.owner: str | None = None

    def start(self) -> None:
        """Tells that the exchange began."""
        request = self.request
        if request is None:
            return
        name = settings.SESSION_COOKIE_NAME
        value = request.COOKIES.get(name)
        cookie: dict[str, Any] = {"name": name, "sent": 0}
        if value is not None:
            cookie["sent"] = max(1, count_sent(request.META.get("HTTP_COOKIE", ""), name))
            proof = self.companion.sessions.prove_value(value)
            cookie["signature"] = proof.signature
            if proof.fingerprint is not None:
                self.key = proof.key
                self.owner = cookie["fingerprint"] = proof.fingerprint
        self.companion.open.add(self)
        self.companion.log.append(
            {
                "type": "exchange-started",
                "exchange": self.id,
                "middleware": 0,
                "method": (request.method or "GET")[: protocol.NAME_LENGTH],
                "path": shorten(request.path, 1024),
                "protocol": "https" if request.scheme == "https" else "http",
                "cookie": cookie,
            },
            0,
            self.owner,
        )

    @property
    def offset_ms(self) -> float:
        return round((time.perf_counter() - self.started_at) * 1000, 3)

    def fault(self, where: str, error: BaseException) -> None:
        """Notes a fault of the companion's own in this exchange. Never raises."""
        self.faults += 1
        self.companion.faults.note(where, error, self.id, self.owner)

    def finish(self, response: HttpResponseBase | None) -> None:
        """The response is made, or (None) the request was cancelled."""
        if self.is_ended:
            return
        self.is_ended = True
        self.companion.open.discard(self)
        tracker = self.tracker
        if tracker is not None and (response is None or response.streaming or self.decided_on is None):
            # Else the last look was when Django decided, and no code of the app has run since.
            tracker.checkpoint()
        attributes, is_deletion = (
            (None, False) if response is None else read_set_cookie(response, settings.SESSION_COOKIE_NAME)
        )
        facts = self._facts(response, attributes, is_deletion)
        verdict = judge(facts)
        event: dict[str, Any] = {
            "type": "exchange-finished",
            "exchange": self.id,
            "durationMs": self.offset_ms,
            "ending": "aborted" if response is None else "completed",
            "sessionBefore": self.owner,
            "sessionAfter": self._session_after(verdict["record"]["outcome"]),
            "verdict": verdict,
        }
        if response is not None:
            event["status"] = response.status_code
        expiry = dict(tracker.clocks()) if tracker is not None and tracker.memory is not None else {}
        if attributes is not None and not is_deletion:
            expiry["cookieAt"] = attributes.get("expiresAt")
        if expiry:
            event["expiry"] = expiry
        if self.faults:
            event["faults"] = self.faults
        self.companion.log.append(event, 400, self.owner)
        # The tracker holds the exchange, and the session's data: nothing waits for the garbage collector.
        self.request = self.tracker = None

    def _facts(
        self,
        response: HttpResponseBase | None,
        attributes: dict[str, Any] | None,
        is_deletion: bool,
    ) -> Facts:
        tracker = self.tracker
        session = None if tracker is None else tracker.session()
        request = self.request
        if request is None:
            raise RuntimeError("the exchange has ended")
        held = request.__dict__.get("session")
        accessed, modified, empty = self.decided_on or (False, False, True)
        memory = None if tracker is None else tracker.memory
        return Facts(
            has_session=session is not None and held is session,
            was_sent=settings.SESSION_COOKIE_NAME in request.COOKIES,
            load=self.load,
            accessed=accessed,
            modified=modified,
            empty=empty,
            status=None if response is None else response.status_code,
            saves=self.saves,
            was_flushed=self.was_flushed,
            unsaved=[] if modified else list(dict.fromkeys(self.inferred)),
            state=(dict) if memory is None else memory.state,
            set_cookie=attributes,
            is_deletion=is_deletion,
            is_secure_request=request.is_secure(),
            host=_host_of(request),
            is_aborted=response is None,
        )

    def _session_after(self, outcome: str) -> str | None:
        tracker = self.tracker
        key = None if tracker is None else tracker.key()
        fingerprint = None if key is None else self.companion.identity.fingerprint(key)
        if outcome == "saved":
            return fingerprint
        if outcome == "unchanged":
            return self.owner if self.load is None else fingerprint
        if outcome in ("deleted", "missing"):
            return None
        is_interrupted = any(type(save.error).__name__ == "UpdateError" for save in self.saves)
        if is_interrupted or self.was_flushed:
            return None
        return self.owner if self.load in ("found", None) else None


def _host_of(request: HttpRequest) -> str:
    """The name that was asked for, without port. Not `get_host`, which refuses some."""
    host: str = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME") or ""
    return (host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]).lower()
