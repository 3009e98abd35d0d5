"""One request on its way through an app: what its session's observer sees comes here and goes to the log.

While the request runs only facts are taken, as they are; events, the verdict and the session it ended with are worked
out when somebody reads. Everything here may fail without the app noticing: callers guard it.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from ..core import protocol
from ..core.encode import shorten
from ..core.event_text import EventMaker, EventTexts, NumberOf
from ..core.protocol import Event
from ..core.viewers import Record
from .companion import Companion
from .http_facts import RequestFacts, ResponseFacts
from .set_cookie import SetCookie


class RequestLine(NamedTuple):
    """What a request says of itself, as `exchange-started` needs it."""

    method: str
    #: Without the query; session keys taken out.
    path: str
    is_secure: bool
    facts: RequestFacts
    #: `websocket`, or None: `http`.
    kind: str | None = None


class SentCookie(NamedTuple):
    """The session's cookie as the request brought it."""

    name: str
    #: How many of that name.
    times: int = 0
    #: How its signature was taken.
    signature: str | None = None
    #: Of the session that it names.
    fingerprint: str | None = None
    #: Of several of that name, which the library takes: `first` or `last`.
    taken: str | None = None


class ObservedExchange(ABC):
    """What every adapter's exchange has; the adapter adds its library's facts and its judgement of them."""

    #: The session that was made for the request.
    observed: Any = None
    line: RequestLine
    cookie: SentCookie
    #: Index of the session middleware among those observed.
    middleware = 0
    faults = 0
    is_ended = False
    #: When the head of a response was ready whose body is made later, by the monotonic clock.
    head_at: float | None = None
    #: As the library found them when it decided.
    decided_on: Any = None
    #: Nothing changed in the session since the last record of it was written.
    is_all_stored = False
    #: What the record holds since it was loaded, or written last; None: there is none.
    stored_state: Any = None
    response_facts: ResponseFacts | None = None
    #: Fingerprint of the session's key at the end.
    _last: str | None = None
    _facts: Any = None
    _verdict: dict[str, Any] | None = None

    def __init__(self, companion: Companion) -> None:
        self.companion: Any = companion
        #: The log that it began with: all of it goes there.
        self.log = companion.log
        self.digest = companion.identity.digest
        self.id = companion.ids.take()
        self.started_at = time.perf_counter()
        self._began = time.time()
        #: Top-level keys in which a change was found that no operation reported.
        self.inferred: list[str] = []

    def begin(self, line: RequestLine, cookie: SentCookie) -> None:
        """Records that it began."""
        self.line = line
        self.cookie = cookie
        self.companion.open.add(self)
        self.log.put((STARTED, self, 0))

    def leave(self) -> None:
        """It is not under way any more, whatever happens to its record."""
        self.is_ended = True
        self.companion.open.discard(self)

    def end(
        self, facts: Any, response: ResponseFacts | None, status: int | None, set_cookie: SetCookie | None, clocks: Any
    ) -> None:
        """Records that it ended. `clocks`: what gives its expiry `as_wire`, or None."""
        self._facts = facts
        self.response_facts = response
        self.log.put(
            (
                FINISHED,
                self,
                0,
                time.perf_counter(),
                clocks,
                self.faults,
                status,
                set_cookie,
            )
        )

    # ── what the adapter knows ─────────────────────────────────────────────────

    @abstractmethod
    def judge(self, facts: Any) -> dict[str, Any]:
        """The verdict, as the wire has it."""

    @abstractmethod
    def session_after(self, facts: Any, outcome: str) -> str | None:
        """The session with which it ended, by the facts and the verdict's outcome for the record."""

    def ending(self, status: int | None) -> str:
        """`completed` or `aborted`."""
        return "aborted" if status is None else "completed"

    # ── what the log asks ──────────────────────────────────────────────────────

    @property
    def owner(self) -> str | None:
        """Fingerprint of the session that the cookie named."""
        return self.cookie.fingerprint

    @property
    def after(self) -> str | None:
        """The session that it ended with; None: none, or it has not ended."""
        return None if self._facts is None else self._session_after()

    def offset_of(self, clock: float) -> float:
        """Milliseconds since the exchange started; microseconds are as fine as the clock is honest."""
        return round((clock - self.started_at) * 1000, 3)

    def date_of(self, clock: float) -> float:
        """A reading of the monotonic clock as epoch ms."""
        return (self._began + clock - self.started_at) * 1000

    def started_fields(self) -> Event:
        """What `exchange-started` says, but for its date and the exchange's id."""
        line, sent = self.line, self.cookie
        cookie: dict[str, Any] = {"name": sent.name[: protocol.NAME_LENGTH], "sent": sent.times}
        if sent.times > 1 and sent.taken is not None:
            cookie["taken"] = sent.taken
        if sent.signature is not None:
            cookie["signature"] = sent.signature
        if sent.fingerprint is not None:
            cookie["fingerprint"] = sent.fingerprint
        event: Event = {
            "type": "exchange-started",
            "middleware": self.middleware,
            "method": line.method[: protocol.NAME_LENGTH],
            "path": shorten(line.path, 1024),
            "protocol": "https" if line.is_secure else "http",
            **line.facts.fields(self.companion.endpoint.is_allowed_host, self.digest),
            **self.companion.process_fields(),
            "cookie": cookie,
        }
        if line.kind is not None:
            event["kind"] = line.kind
        return event

    @property
    def began_at(self) -> float:
        """Epoch ms."""
        return self._began * 1000

    def judged_fields(self) -> Event:
        """What `exchange-finished` says of the session's fate."""
        return {"sessionAfter": self._session_after(), "verdict": self._judged()}

    def _judged(self) -> dict[str, Any]:
        if self._verdict is None:
            self._verdict = self.judge(self._facts)
        return self._verdict

    def _session_after(self) -> str | None:
        return self.session_after(self._facts, self._judged()["record"]["outcome"])

    # ── what the request does ──────────────────────────────────────────────────

    def fault(self, where: str, error: BaseException) -> None:
        """Notes a fault of the companion's own in this exchange. Never raises."""
        self.faults += 1
        self.companion.faults.note(where, error, self)


class _Started(EventMaker):
    def event(self, record: Record) -> Event:
        exchange: ObservedExchange = record[1]
        return {**exchange.started_fields(), "at": exchange.began_at, "exchange": exchange.id}

    def members(self, record: Record, texts: EventTexts, number_of: NumberOf) -> str:
        # One request after another of a browser says the same.
        exchange: ObservedExchange = record[1]
        key = (self, exchange.middleware, exchange.line, exchange.cookie)
        fields = texts.head(key) or texts.learn(key, exchange.started_fields())
        return f'{fields},"at":{exchange.began_at},"exchange":"{exchange.id}"'


class _Finished(EventMaker):
    def event(self, record: Record) -> Event:
        exchange: ObservedExchange
        _, exchange, _, clock, clocks, faults, status, set_cookie = record
        event: Event = {
            "type": "exchange-finished",
            "at": exchange.date_of(clock),
            "exchange": exchange.id,
            "durationMs": exchange.offset_of(clock),
            "ending": exchange.ending(status),
            "sessionBefore": exchange.owner,
            **exchange.judged_fields(),
        }
        if status is not None:
            event["status"] = status
        if exchange.head_at is not None:
            event["headAtMs"] = exchange.offset_of(exchange.head_at)
        if exchange.response_facts is not None:
            event.update(exchange.response_facts.fields())
        expiry = {} if clocks is None else clocks.as_wire()
        if set_cookie is not None and not set_cookie.is_deletion:
            expiry["cookieAt"] = set_cookie.as_wire().get("expiresAt")
        if expiry:
            event["expiry"] = expiry
        if faults:
            event["faults"] = faults
        return event


STARTED = _Started()
FINISHED = _Finished()
