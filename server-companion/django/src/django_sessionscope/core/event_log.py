"""The bounded log of one epoch: events as they were recorded, unredacted. What leaves it is redacted for who asks.

Bounded by count and by bytes: the oldest are evicted, and a reader who missed them is told the gap. Readers hold
positions, not queues.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from .changes import MISSING
from .encode import LOG_BOUNDS
from .parts import part_at
from .protocol import EncodedValue, Event, KeyPath
from .record_text import RecordText
from .redact import Redaction, to_json
from .source import resolve
from .trim import Meter, trim

#: Approximate bytes of the values of one reading: a session of 64 KiB may be told with each of two thousand events.
MAX_READ_BYTES = 4 * 1024 * 1024

#: Bytes of an event besides its values: names, ids, numbers.
EVENT_BYTES = 240


@dataclass(frozen=True)
class Viewer:
    """For whom an event leaves the process: redaction and visibility follow from it."""

    #: Paired: sees every event.
    all: bool = False
    #: Holder: sees the exchanges that began with these sessions or made them, whole, and their background operations.
    sessions: frozenset[str] = frozenset()
    #: Holder: sees these exchanges.
    exchanges: frozenset[str] = frozenset()


class Position(NamedTuple):
    epoch: str
    seq: int


@dataclass
class Reading:
    #: Oldest first; a `gap-opened` stands where events were evicted since the position asked from.
    events: list[Event]
    next: Position
    more: bool


class EventLog(Protocol):
    """What the endpoint reads and the recorder writes: in memory, or shared by processes."""

    @property
    def epoch(self) -> str: ...

    def append(self, event: Event, bytes: int, owner: str | None) -> int:
        """Numbers, dates and keeps an event; returns what a later event may name it by in `via`."""

    def read(self, after: Position | None, viewer: Viewer, limit: int) -> Reading: ...

    def value(self, seq: int, part: str, path: KeyPath, reveal: bool, viewer: Viewer) -> EncodedValue: ...

    def subscribe(self) -> threading.Event:
        """An event that is set after something was appended; give it back to `unsubscribe`."""

    def unsubscribe(self, waker: threading.Event) -> None: ...


#: An event, its bytes, and the session with which its exchange began (for the background, the event's session). A
#: plain tuple: the garbage collector lets go of one that holds nothing it must follow.
Entry = tuple[Event, int, "str | None"]


@dataclass
class MemoryLog:
    """The log of one process."""

    redaction: Redaction
    max_events: int = 10_000
    max_bytes: int = 8 * 1024 * 1024
    #: Epoch seconds.
    now: Callable[[], float] = time.time
    epoch: str = field(default_factory=lambda: secrets.token_hex(6))

    def __post_init__(self) -> None:
        # A ring: an event's place is its number modulo its size.
        self._ring: list[Entry | None] = [None] * self.max_events
        self._lock = threading.Lock()
        self._wakers: set[threading.Event] = set()
        self.last_seq = 0
        self._first_seq = 1
        self._evicted_at = 0.0
        #: The newest word on the epoch that was evicted: who missed it is told again.
        self._evicted_epoch: Event | None = None
        self.held_bytes = 0
        # Exchanges that ended with another session than they began with: who holds that one saw the response.
        self._made_in: dict[str, str] = {}

    @property
    def held_events(self) -> int:
        return self.last_seq - self._first_seq + 1

    def append(self, event: Event, bytes: int, owner: str | None) -> int:
        event["epoch"] = self.epoch
        event["at"] = self.now() * 1000
        size = bytes + EVENT_BYTES
        with self._lock:
            self.last_seq = seq = self.last_seq + 1
            event["seq"] = seq
            if event["type"] == "exchange-finished":
                self._hold(seq, (event, size, owner))
                return seq
            # As `_hold`, in place: this is done for each call on the session.
            if seq - self._first_seq >= self.max_events:
                self._evict()
            self._ring[seq % self.max_events] = (event, size, owner)
            self.held_bytes += size
            if self.held_bytes > self.max_bytes:
                self._shrink()
            if self._wakers:
                self._wake()
        return seq

    def _hold(self, seq: int, entry: Entry) -> None:
        event, size, owner = entry
        if event["type"] == "exchange-finished":
            after = event["sessionAfter"]
            if after is not None and after != owner:
                self._made_in[event["exchange"]] = after
        if seq - self._first_seq >= self.max_events:
            self._evict()
        self._ring[seq % self.max_events] = entry
        self.held_bytes += size
        self._shrink()
        self._wake()

    def _shrink(self) -> None:
        while self.held_bytes > self.max_bytes and self._first_seq < self.last_seq:
            self._evict()

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()

    def _evict(self) -> None:
        """Lets the oldest event go."""
        place = self._first_seq % self.max_events
        self._first_seq += 1
        entry = self._ring[place]
        if entry is None:
            return
        self._ring[place] = None
        event, size, _ = entry
        self.held_bytes -= size
        if event["type"] == "exchange-finished":
            self._made_in.pop(event["exchange"], None)
        elif event["type"] == "epoch-started":
            self._evicted_epoch = event
        self._evicted_at = event["at"]

    def _held(self, seq: int) -> Entry | None:
        return self._ring[seq % self.max_events] if self._first_seq <= seq <= self.last_seq else None

    def _is_visible(self, entry: Entry, viewer: Viewer) -> bool:
        event, _, owner = entry
        if viewer.all or event["type"] == "epoch-started":
            return True
        exchange = event.get("exchange")
        if exchange is not None and exchange in viewer.exchanges:
            return True
        if owner is not None and owner in viewer.sessions:
            return True
        return exchange is not None and self._made_in.get(exchange) in viewer.sessions

    def read(self, after: Position | None, viewer: Viewer, limit: int) -> Reading:
        """Reads on after a position; None, or one of another epoch, means from the oldest event held."""
        start = after.seq if after is not None and after.epoch == self.epoch else 0
        events: list[Event] = []
        chosen: list[Event] = []
        with self._lock:
            seq = start
            if start > self.last_seq:
                place = max(1, self.last_seq)
                events.append(self._gap(place, place, 0, self.now() * 1000, "unknown-position"))
                seq = self._first_seq - 1
            elif start < self._first_seq - 1:
                lost = self._first_seq - 1
                if self._evicted_epoch is not None:
                    events.append(self._evicted_epoch)
                events.append(self._gap(start + 1, lost, lost - start, self._evicted_at, "evicted"))
                seq = lost
            room = limit - len(events)
            while seq < self.last_seq and len(chosen) < room:
                seq += 1
                entry = self._held(seq)
                if entry is not None and self._is_visible(entry, viewer):
                    chosen.append(entry[0])
            more = seq < self.last_seq
        # Outside of the lock: redacting takes time, and recorded events are never changed.
        meter = Meter()
        for event in chosen:
            if meter.bytes >= MAX_READ_BYTES:
                return Reading(events, Position(self.epoch, event["seq"] - 1), True)
            events.append(outgoing(event, self.redaction, meter))
        return Reading(events, Position(self.epoch, seq), more)

    def _gap(self, first: int, last: int, count: int, at: float, cause: str) -> Event:
        return {
            "type": "gap-opened",
            "epoch": self.epoch,
            "seq": last,
            "at": at,
            "fromSeq": first,
            "count": count,
            "cause": cause,
        }

    def value(self, seq: int, part: str, path: KeyPath, reveal: bool, viewer: Viewer) -> EncodedValue:
        """A recorded value's part; `MISSING`: not (or no longer) held, or not for this viewer."""
        with self._lock:
            entry = self._held(seq)
            if entry is None or not self._is_visible(entry, viewer):
                return MISSING
        event = entry[0]
        whole = event.get(part, MISSING)
        if type(whole) is RecordText:
            whole = whole.value()
        value = MISSING if whole is MISSING else part_at(whole, path)
        if value is MISSING:
            return MISSING
        if not (reveal and viewer.all):
            above = [] if part == "state" else path_of(event)
            value = self.redaction.redact(value, [*above, *path])
        return trim(value, self.redaction.digest, LOG_BOUNDS)

    def subscribe(self) -> threading.Event:
        waker = threading.Event()
        with self._lock:
            self._wakers = self._wakers | {waker}
        return waker

    def unsubscribe(self, waker: threading.Event) -> None:
        with self._lock:
            self._wakers = self._wakers - {waker}


def outgoing(event: Event, redaction: Redaction, meter: Meter | None = None) -> Event:
    """An event as it may leave the process: redacted, within bounds, with what is only computed for a reader."""
    if event["type"] not in ("operation-recorded", "snapshot-taken"):
        return event
    copy: dict[str, Any] = dict(event)
    source = copy.get("source")
    if source is not None:
        copy["source"] = resolve(source)
    path = path_of(event)
    if path:
        copy["path"] = path
    for part in ("offsetMs", "durationMs"):
        if part in copy:
            # Microseconds are as fine as the clock is honest.
            copy[part] = round(copy[part], 3)
    for part in ("before", "after"):
        if part in copy:
            # Redacted first: what is cut off may be what tells a secret.
            copy[part] = trim(redaction.redact(copy[part], path), redaction.digest, meter=meter)
    if "state" in copy:
        state = copy["state"]
        if type(state) is RecordText:
            state = state.value()
        copy["state"] = trim(redaction.redact(state, []), redaction.digest, meter=meter)
        # Of the content before redaction: it tells two records apart that differ in a secret only.
        if "digest" not in copy and copy.get("operation") in (None, "load", "save"):
            copy["digest"] = redaction.digest(to_json(state))
    return copy


def path_of(event: Event) -> KeyPath:
    """An event's path; a path of one step is kept as that step, which the garbage collector need not follow."""
    path = event.get("path", [])
    return [path] if type(path) is str else path
