"""The bounded log of one epoch. What leaves it is redacted for who asks.

A request only leaves raw records: tuples that name how an event is made of them, which is done when somebody reads.
Bounded by count and by bytes: the oldest are evicted, and a reader who missed them gets the gap. Readers hold
positions, not queues.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from typing import NamedTuple, Protocol

from .changes import MISSING
from .encode import LOG_BOUNDS
from .event_text import WHOLES, EventTexts, GivenEvent, NumberOf
from .parts import part_at
from .protocol import EncodedValue, Event, KeyPath
from .redact import keys_of, redact_part
from .redaction import Redaction
from .trim import trim
from .viewers import PUBLIC, Record, Viewer, Whose, is_visible

#: Characters of the events of one reading, beyond what any may have: a session of 64 KiB may come with each of two
#: thousand events.
MAX_READ_LENGTH = 4 * 1024 * 1024
USUAL_LENGTH = 1_024

#: Sessions of which it is remembered that their key was rotated or flushed.
MAX_REVOKED = 20_000

#: Operations after which the key of the session in `from` is worth nothing.
REVOKING = ("cycle-key", "flush")

#: Processes that one log has had, with restarts: as many as fit into one answer beside its gap.
MAX_EPOCH_EVENTS = 64

#: Bytes that each event is counted for: its tuple, names, ids, numbers, short values.
EVENT_BYTES = 320


class Position(NamedTuple):
    epoch: str
    seq: int


@dataclass
class Reading:
    #: Events as JSON, the oldest first; a `gap-opened` stands where some were evicted since the position asked from.
    texts: list[str]
    next: Position
    more: bool

    @property
    def events(self) -> list[Event]:
        """The same, parsed."""
        return [json.loads(text) for text in self.texts]


class EventLog(Protocol):
    """What the endpoint reads and the recorder writes: in memory, or shared by processes."""

    @property
    def epoch(self) -> str: ...

    def count_faults_by(self, count: Callable[[], int]) -> None:
        """Takes what counts a fault of the companion's own, and gives how many there were."""

    def put(self, record: Record) -> None:
        """Keeps a record, to be numbered by its place."""

    def revoke(self, session: str, record: Record) -> None:
        """From this record on, nothing is shown to who only holds the key of `session`."""

    def append(self, event: Event, bytes: int, whose: Whose) -> None:
        """Dates and keeps an event that is made already."""

    def read(self, after: Position | None, viewer: Viewer, limit: int) -> Reading: ...

    def value(self, seq: int, part: str, path: KeyPath, reveal: bool, viewer: Viewer) -> EncodedValue: ...

    def subscribe(self) -> threading.Event:
        """An event that is set after something was appended; give it back to `unsubscribe`."""

    def unsubscribe(self, waker: threading.Event) -> None: ...


_GIVEN = GivenEvent()


def event_record(event: Event, bytes: int, whose: Whose) -> Record:
    """The record of an event that is made already."""
    return (_GIVEN, whose, bytes, event)


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
        # An event's number is that of the first one held, and its place. Appending to it takes no lock.
        self._records: deque[Record] = deque()
        self._first_seq = 1
        self._counted = 0
        #: How many may be held, with the bytes that are counted now.
        self._most = 0
        self._evicted_at = 0.0
        #: Words on the epoch that are held.
        self._held_epochs = 0
        #: The newest of each process that was evicted, with its number: who missed it gets it again.
        self._evicted_epochs: OrderedDict[str | None, tuple[Record, int]] = OrderedDict()
        #: The record with which a session's key lost its worth, by the session.
        self._revoked: OrderedDict[str, Record] = OrderedDict()
        self._lock = threading.Lock()
        self._wakers: frozenset[threading.Event] = frozenset()
        self._count_fault: Callable[[], int] = partial(next, count(1))
        self._texts = EventTexts(self.redaction)

    def count_faults_by(self, count: Callable[[], int]) -> None:
        self._count_fault = count

    @property
    def last_seq(self) -> int:
        with self._lock:
            return self._first_seq + len(self._records) - 1

    @property
    def held_events(self) -> int:
        return len(self._records)

    @property
    def held_bytes(self) -> int:
        return self._counted + len(self._records) * EVENT_BYTES

    def put(self, record: Record) -> None:
        records = self._records
        records.append(record)
        if record[2] or len(records) > self._most:
            self._account(record[2])
        if self._wakers:
            self._wake()

    def append(self, event: Event, bytes: int, whose: Whose) -> None:
        event["at"] = self.now() * 1000
        self._held_epochs += whose is PUBLIC
        self.put(event_record(event, bytes, whose))

    def revoke(self, session: str, record: Record) -> None:
        """From this record on, nothing is shown to who only holds the key of `session`: it was rotated or flushed."""
        revoked = self._revoked
        revoked[session] = record
        if len(revoked) > MAX_REVOKED:
            revoked.popitem(last=False)

    def _limits(self, viewer: Viewer, known: tuple[int, list[Record]]) -> dict[str, int]:
        """Of the sessions that a viewer holds: the number from which on nothing is shown for it."""
        limits: dict[str, int] = {}
        for session in viewer.sessions:
            record = self._revoked.get(session)
            if record is not None:
                # One that is not in the log any more: all that is there came later.
                limits[session] = self._number_of(record, known) or 0
        return limits

    def _account(self, bytes: int) -> None:
        with self._lock:
            self._counted += bytes
            self._most = min(self.max_events, (self.max_bytes - self._counted) // EVENT_BYTES)
            if len(self._records) > self._most:
                self._shrink()

    def _shrink(self) -> None:
        """Lets the oldest go where there are too many: two in a hundred at a time. The lock is held."""
        records = self._records
        if len(records) > self.max_events:
            self._evict(len(records) - self.max_events + self.max_events // 50)
        excess = self.held_bytes - self.max_bytes
        if excess > 0:
            excess += self.max_bytes // 50
            count = 0
            while excess > 0 and count < len(records) - 1:
                excess -= EVENT_BYTES + records[count][2]
                count += 1
            self._evict(count)
        self._most = min(self.max_events, (self.max_bytes - self._counted) // EVENT_BYTES)

    def _evict(self, count: int) -> None:
        popleft = self._records.popleft
        oldest = [popleft() for _ in range(count)]
        self._counted -= sum([record[2] for record in oldest])
        if self._held_epochs:
            for place, record in enumerate(oldest):
                if record[1] is PUBLIC:
                    self._held_epochs -= 1
                    self._keep_epoch_event(record, self._first_seq + place)
        self._first_seq += count
        self._evicted_at = self.now() * 1000

    def _keep_epoch_event(self, record: Record, number: int) -> None:
        kept = self._evicted_epochs
        process = record[0].event(record).get("process")
        kept.pop(process, None)
        kept[process] = record, number
        if len(kept) > MAX_EPOCH_EVENTS:
            kept.popitem(last=False)

    def _wake(self) -> None:
        for waker in self._wakers:
            if not waker.is_set():
                waker.set()

    def _from(self, seq: int) -> list[Record]:
        """The records from a number on. The lock is held."""
        while True:
            try:
                return list(islice(self._records, seq - self._first_seq, None))
            except RuntimeError:
                # Another thread appended while it was copied.
                continue

    def read(self, after: Position | None, viewer: Viewer, limit: int) -> Reading:
        """Reads on after a position; None, or one of another epoch, means from the oldest event held."""
        start = after.seq if after is not None and after.epoch == self.epoch else 0
        texts: list[str] = []
        with self._lock:
            first = self._first_seq
            last = first + len(self._records) - 1
            seq = start
            lost: list[tuple[Record, int]] = []
            if start > last:
                place = max(1, last)
                texts.append(self._gap(place, place, 0, self.now() * 1000, "unknown-position"))
                seq = first - 1
            elif start < first - 1:
                lost = list(self._evicted_epochs.values())
                texts.append(self._gap(start + 1, first - 1, first - 1 - start, self._evicted_at, "evicted"))
                seq = first - 1
            records = self._from(seq + 1)
        # Outside of the lock: to make and redact events takes time, and records are never changed.
        known = (seq + 1, records)
        texts = [self._text(record, number, known) for record, number in lost] + texts
        room = limit - len(texts)
        size = 0
        limits = self._limits(viewer, known)
        for record in records:
            if room == 0 or size >= MAX_READ_LENGTH:
                break
            seq += 1
            if is_visible(record[1], seq, viewer, limits):
                room -= 1
                text = self._text(record, seq, known)
                size += max(0, len(text) - USUAL_LENGTH)
                texts.append(text)
        return Reading(texts, Position(self.epoch, seq), seq < known[0] + len(records) - 1)

    def _text(self, record: Record, seq: int, known: tuple[int, list[Record]]) -> str:
        """The event that a record stands for, as it leaves the process; `known`: a stretch of the log, with its first
        number."""
        members = self._members(record, lambda other: self._number_of(other, known))
        return f'{{{members},"epoch":"{self.epoch}","seq":{seq}}}'

    def _members(self, record: Record, number_of: NumberOf) -> str:
        try:
            members: str = record[0].members(record, self._texts, number_of)
        except Exception as error:
            members = self._texts.members(self._unmade(record, error), number_of)
        return members

    def _made(self, record: Record) -> Event:
        """The event that a record stands for, as it was recorded."""
        try:
            event: Event = record[0].event(record)
        except Exception as error:
            event = self._unmade(record, error)
        return event

    def _unmade(self, record: Record, error: Exception) -> Event:
        """What is sent where an event can't be: its number is taken."""
        return {
            "type": "fault-noted",
            "at": self.now() * 1000,
            "exchange": record[1].id,
            "where": "event",
            "message": f"An event could not be made: {type(error).__name__}",
            "total": self._count_fault(),
        }

    def _number_of(self, record: Record, known: tuple[int, list[Record]]) -> int | None:
        """Only a nested change names another record, so that it is looked for is rare."""
        with self._lock:
            whole = (self._first_seq, self._from(self._first_seq))
        for first, records in (known, whole):
            for place, held in enumerate(records):
                if held is record:
                    return first + place
        return None

    def _gap(self, first: int, last: int, count: int, at: float, cause: str) -> str:
        gap = {"type": "gap-opened", "epoch": self.epoch, "seq": last, "at": at, "fromSeq": first, "count": count}
        return json.dumps({**gap, "cause": cause}, separators=(",", ":"))

    def value(self, seq: int, part: str, path: KeyPath, reveal: bool, viewer: Viewer) -> EncodedValue:
        """A recorded value's part; `MISSING`: not (or no longer) held, or not for this viewer."""
        with self._lock:
            place = seq - self._first_seq
            record = self._records[place] if 0 <= place < len(self._records) else None
        if record is None or not is_visible(record[1], seq, viewer, self._limits(viewer, (seq, [record]))):
            return MISSING
        event = self._made(record)
        whole = event.get(part, MISSING)
        if whole is MISSING:
            return MISSING
        rules = self.redaction
        if reveal and viewer.all:
            value = part_at(whole, keys_of(whole, path, rules))
        else:
            value = redact_part(whole, path, [] if part in WHOLES else event.get("path", []), rules)
        return MISSING if value is MISSING else trim(value, rules.digest, LOG_BOUNDS)

    def subscribe(self) -> threading.Event:
        waker = threading.Event()
        with self._lock:
            self._wakers = self._wakers | {waker}
        return waker

    def unsubscribe(self, waker: threading.Event) -> None:
        with self._lock:
            self._wakers = self._wakers - {waker}
