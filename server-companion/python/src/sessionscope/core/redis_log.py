"""A log that several processes share, in a Redis stream: each writes to it and keeps a mirror of it to read from.

Events are redacted before they leave the process. Redis numbers them, in the order in which it takes them, so that
every process sends the same sequence. A request waits for none of it: a thread writes, another reads.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .event_log import REVOKING, EventLog, MemoryLog, event_record
from .protocol import Event
from .redaction import Redaction
from .viewers import PUBLIC, EventOwner, Record, Whose

#: Events that wait for Redis; past it the oldest are dropped, and that is reported.
MAX_WAITING = 20_000

#: Events written at once.
MAX_BATCH = 500

#: Events of this process that a later one of it can name.
MAX_NAMED = 2_000

#: A log that nobody writes to any more goes after this time.
LIFE_S = 24 * 3600

#: For one connection, and for one answer: threads of our own wait, and no request does.
CONNECT_TIMEOUT_S = 1.0
ANSWER_TIMEOUT_S = 3.0

#: What the first request waits for a Redis that answers: it does within some milliseconds, or the process begins with
#: a log of its own.
FIRST_WAIT_S = 0.05

#: A Redis that takes nothing for this time is not waited for: a restart is over by then.
LOST_AFTER_S = 3.0

#: Between two attempts to reach a Redis that went away.
RETRY_S = 0.5

#: Events between two `epoch-started` of a process: where a log holds fewer, processes would only displace each other's.
REPEAT_LEAST = 100

#: Numbers and keeps events. KEYS: stream, counter, epoch, last number of each process. ARGV: epoch, the last number
#: known, how many to keep, the life in seconds, the process, then number in it, owner and JSON of each event. What was
#: written already is not written again: an answer may have been lost. Where an entry of somebody else's bars the way,
#: since its ID is higher, the stream begins again: every process has a copy of what was in it.
_APPEND = """
local seq = tonumber(redis.call('GET', KEYS[2]) or '0')
if seq < tonumber(ARGV[2]) then seq = tonumber(ARGV[2]) end
local last = tonumber(redis.call('HGET', KEYS[4], ARGV[5]) or '0')
for i = 6, #ARGV, 3 do
  local number = tonumber(ARGV[i])
  if number > last then
    seq = seq + 1
    local function add()
      return redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], seq .. '-0',
        'p', ARGV[5], 'l', ARGV[i], 'o', ARGV[i + 1], 'e', ARGV[i + 2])
    end
    local added = add()
    if type(added) == 'table' and added.err then
      redis.call('DEL', KEYS[1])
      add()
    end
    last = number
  end
end
redis.call('SET', KEYS[2], seq, 'EX', ARGV[4])
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[4])
redis.call('HSET', KEYS[4], ARGV[5], last)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[4], ARGV[4])
return seq
"""


class RemoteExchange:
    """Whose an event of another process is; with which session its exchange ended a later one says."""

    __slots__ = ("after", "id", "owner")

    def __init__(self, id: str | None, owner: str | None) -> None:
        self.id = id
        self.owner = owner
        self.after: str | None = None


class RedisLog(MemoryLog):
    """The mirror, with what is appended going by way of Redis."""

    is_shared = True

    def __init__(
        self,
        url: str,
        redaction: Redaction,
        *,
        app: str,
        max_events: int,
        max_bytes: int,
        on_lost: Callable[[RedisLog], None] | None = None,
    ) -> None:
        import redis

        #: Called once, on a thread of our own, where Redis takes nothing more.
        self._on_lost = on_lost
        #: What takes the place of this log, once it was lost.
        self._successor: EventLog | None = None

        self._redis: Any = redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            decode_responses=True,
        )
        names = f"sessionscope:{app}"
        self._keys = [f"{names}:events", f"{names}:seq", f"{names}:epoch", f"{names}:written"]
        self._redis.set(self._keys[2], secrets.token_hex(6), nx=True, ex=LIFE_S)
        epoch = str(self._redis.get(self._keys[2]))
        super().__init__(redaction, max_events, max_bytes, epoch=epoch)
        self._errors = redis.RedisError
        self._append = self._redis.register_script(_APPEND)
        #: Names this process in what it writes.
        self.process = self._process = secrets.token_hex(4)
        self._local = 0
        self._waiting: deque[Record] = deque()
        #: This process's own records, until Redis has numbered them.
        self._own: OrderedDict[int, Record] = OrderedDict()
        #: Its last ones by identity, for what names another by `via`; only the writing thread looks at it.
        self._locals: OrderedDict[int, tuple[Record, int]] = OrderedDict()
        self._numbers: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._remote: OrderedDict[str, RemoteExchange] = OrderedDict()
        self._dropped = 0
        #: Number of this process's newest `epoch-started`.
        self._epoch_at: int | None = None
        #: Called where it is no longer held: processes that come later may not find it.
        self.on_epoch_gone: Callable[[], None] = lambda: None
        self._work = threading.Lock()
        self._has_work = threading.Event()
        self._is_closed = False
        for name, run in (("write", self._write), ("read", self._read_on)):
            threading.Thread(target=run, name=f"sessionscope-{name}", daemon=True).start()

    def put(self, record: Record) -> None:
        """Takes a record; its number comes from Redis."""
        waiting = self._waiting
        waiting.append(record)
        if self._successor is not None:
            self._pass_on()
            return
        if len(waiting) > MAX_WAITING:
            with self._work, suppress(IndexError):
                waiting.popleft()
                self._dropped += 1
        if not self._has_work.is_set():
            self._has_work.set()

    def flush(self, timeout: float = 5.0) -> None:
        """Waits until all that was appended so far can be read."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self._work:
                if not self._waiting and not self._own:
                    return
            time.sleep(0.005)

    def close(self) -> None:
        self.flush(1.0)
        self._is_closed = True
        self._has_work.set()

    def revoke(self, session: str, record: Record) -> None:
        super().revoke(session, record)
        if self._successor is not None:
            self._successor.revoke(session, record)

    def continue_in(self, successor: EventLog) -> None:
        """Gives another log what Redis did not take, and all that comes from requests that began with this one."""
        for session, record in list(self._revoked.items()):
            successor.revoke(session, record)
        with self._work:
            unread = list(self._own.values())
            self._own.clear()
        for record in unread:
            successor.put(record)
        self._successor = successor
        self._pass_on()
        self._is_closed = True
        self._has_work.set()

    def _pass_on(self) -> None:
        assert self._successor is not None
        with suppress(IndexError):
            while True:
                self._successor.put(self._waiting.popleft())

    # ── to Redis ───────────────────────────────────────────────────────────────

    def _write(self) -> None:
        while not self._is_closed:
            self._has_work.wait()
            self._has_work.clear()
            while self._waiting and not self._is_closed:
                self._write_batch()

    def _write_batch(self) -> None:
        batch: list[tuple[int, Record]] = []
        with self._work, suppress(IndexError):
            while len(batch) < MAX_BATCH:
                record = self._waiting.popleft()
                self._local += 1
                self._own[self._local] = record
                batch.append((self._local, record))
        arguments: list[Any] = [self.epoch, self.last_seq, self.max_events, LIFE_S, self._process]
        for local, record in batch:
            arguments += [local, record[1].owner or "", self._written(local, record)]
        failing_since: float | None = None
        while not self._is_closed:
            try:
                self._append(keys=self._keys, args=arguments)
                break
            except self._errors:
                failing_since = failing_since or time.monotonic()
                if self._on_lost is not None and time.monotonic() - failing_since >= LOST_AFTER_S:
                    self._on_lost(self)
                    return
                time.sleep(RETRY_S)
        self._report_dropped()

    def _written(self, local: int, record: Record) -> str:
        """The event as it leaves the process: redacted, and naming another by its number in this process."""
        self._locals[id(record)] = (record, local)
        if len(self._locals) > MAX_NAMED:
            self._locals.popitem(last=False)
        return f"{{{self._members(record, self._local_number)}}}"

    def _local_number(self, record: Record) -> int | None:
        _, local = self._locals.get(id(record), (None, None))
        return local

    def _report_dropped(self) -> None:
        with self._work:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            event: Event = {
                "type": "fault-noted",
                "exchange": None,
                "where": "redis",
                "message": f"Redis did not keep up: {dropped} events of this process were dropped.",
                "total": dropped,
            }
            self.append(event, 64, EventOwner())

    # ── from Redis ─────────────────────────────────────────────────────────────

    def _read_on(self) -> None:
        last = "0-0"
        while not self._is_closed:
            try:
                answer = self._redis.xread({self._keys[0]: last}, count=2_000, block=500)
            except self._errors:
                time.sleep(RETRY_S)
                continue
            for _, entries in answer or []:
                foreign = [place for place, fields in entries if not _is_ours(place, fields)]
                with self._lock:
                    for place, fields in entries:
                        if place in foreign:
                            continue
                        last = place
                        self._mirror(int(place.partition("-")[0]), fields)
                self._wake()
                if foreign:
                    self._drop_foreign(foreign)

    def _drop_foreign(self, places: list[str]) -> None:
        """Entries that no companion wrote are taken out of the stream, and that is noted."""
        with suppress(self._errors):
            self._redis.xdel(self._keys[0], *places)
        message = f"{len(places)} entries of the shared log were not written by a companion, and were removed."
        event = {"type": "fault-noted", "exchange": None, "where": "redis", "message": message}
        self.append({**event, "total": self._count_fault()}, 64, EventOwner())

    def _mirror(self, seq: int, fields: dict[str, str]) -> None:
        process, local = fields["p"], int(fields["l"])
        record = self._own_record(local) if process == self._process else None
        if record is None:
            record = self._record_of(process, fields)
            self._held_epochs += record[1] is PUBLIC
        self._numbers[process, local] = seq
        if len(self._numbers) > self.max_events:
            self._numbers.popitem(last=False)
        if seq != self._first_seq + len(self._records):
            # Redis let some go before they were read: what is held before them would hide the gap.
            self._evict(len(self._records))
            self._first_seq = seq
        self._records.append(record)
        self._counted += record[2]
        if record[1] is PUBLIC and process == self._process:
            self._epoch_at = seq
        self._shrink()
        epoch_at = self._epoch_at
        if epoch_at is not None and epoch_at < self._first_seq and seq - epoch_at >= REPEAT_LEAST:
            self._epoch_at = None
            self.on_epoch_gone()

    def _own_record(self, local: int) -> Record | None:
        """A record of this process; those before it that Redis let go are forgotten."""
        found = None
        with self._work:
            while self._own and next(iter(self._own)) <= local:
                number, found = self._own.popitem(last=False)
                if number == local:
                    return found
        return None

    def _record_of(self, process: str, fields: dict[str, str]) -> Record:
        event: Event = json.loads(fields["e"])
        if "via" in event:
            via = self._numbers.get((process, event["via"]))
            if via is None:
                del event["via"]
            else:
                event["via"] = via
        record = event_record(event, len(fields["e"]), self._whose(event, fields["o"] or None))
        gone = _revoked_by(event)
        if gone is not None:
            self.revoke(gone, record)
        return record

    def _whose(self, event: Event, owner: str | None) -> Whose:
        if event["type"] == "epoch-started":
            return PUBLIC
        exchange = event.get("exchange")
        if exchange is None:
            return EventOwner(owner=owner)
        whose = self._remote.get(exchange)
        if whose is None:
            whose = self._remote[exchange] = RemoteExchange(exchange, owner)
            if len(self._remote) > self.max_events:
                self._remote.popitem(last=False)
        if event["type"] == "exchange-finished":
            whose.after = event["sessionAfter"]
        return whose


def _revoked_by(event: Event) -> str | None:
    """The session whose key an operation of another process, in whichever language, took the worth of."""
    if event.get("operation") not in REVOKING or event.get("outcome") == "error":
        return None
    gone = event.get("from")
    if gone is None and event["operation"] == "flush":
        gone = event.get("session")
    return gone if isinstance(gone, str) else None


def _is_ours(place: str, fields: dict[str, str]) -> bool:
    """Whether an entry has the form that a companion writes."""
    if not place.endswith("-0") or not {"p", "l", "o", "e"} <= set(fields) or not fields["l"].isdigit():
        return False
    try:
        event = json.loads(fields["e"])
    except (ValueError, RecursionError):
        return False
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return False
    return event["type"] != "exchange-finished" or "sessionAfter" in event


class FallbackLog(MemoryLog):
    """A log of this process's own, for as long as the Redis that was named does not answer: the panel says so."""

    is_shared = False
    fault = (
        "SESSIONSCOPE['log'] names a Redis that does not answer: until it does, this process keeps a log of its own, "
        "and what other processes do is not shown here."
    )


def open_shared_log(
    url: str,
    redaction: Redaction,
    on_open: Callable[[RedisLog], None],
    on_lost: Callable[[RedisLog], None] | None = None,
    *,
    app: str,
    max_events: int,
    max_bytes: int,
) -> MemoryLog:
    """The shared log, or one of this process's own until Redis answers: then `on_open` gets the shared one.

    `on_lost` gets one that Redis takes nothing from any more. Tried by a thread: a Redis that accepts and never answers
    costs a request no more than `FIRST_WAIT_S`.
    """
    fallback = FallbackLog(redaction, max_events, max_bytes)
    opened: list[RedisLog] = []
    is_over = threading.Event()
    turn = threading.Lock()
    is_late = False

    def connect() -> None:
        while True:
            try:
                log = RedisLog(
                    url,
                    redaction,
                    app=app,
                    max_events=max_events,
                    max_bytes=max_bytes,
                    on_lost=on_lost,
                )
            except ImportError:
                # System check E009 says so.
                return
            except Exception:
                time.sleep(RETRY_S)
                continue
            with turn:
                opened.append(log)
                is_over.set()
                if is_late:
                    on_open(log)
            return

    threading.Thread(target=connect, name="sessionscope-connect", daemon=True).start()
    is_over.wait(FIRST_WAIT_S)
    with turn:
        is_late = not opened
        return opened[0] if opened else fallback
