"""A log that several processes share, in a Redis stream: each writes to it and keeps a mirror of it to read from.

Events are redacted before they leave the process. Redis numbers them, in the order in which it takes them, so that
every process tells the same sequence. A request waits for none of it: a thread writes, another reads.
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

from .core.event_log import EVERYONES, MemoryLog, Record, Told, Whose, redacted, told_record
from .core.protocol import Event
from .core.redact import Redaction

#: Events that wait for Redis; past it the oldest are dropped, and that is told.
MAX_WAITING = 20_000

#: Events written at once.
MAX_BATCH = 500

#: Events of this process that a later one of it can name.
MAX_NAMED = 2_000

#: A log that nobody writes to any more goes after this time.
LIFE_S = 24 * 3600

#: A Redis that does not answer must not hold the server's start up.
CONNECT_TIMEOUT_S = 1.0

#: Between two attempts to reach a Redis that went away.
RETRY_S = 0.5

#: Numbers and keeps events. KEYS: stream, counter, epoch. ARGV: epoch, the last number known, how many to keep, the
#: life in seconds, then process, number in it, owner and JSON of each event.
_APPEND = """
local seq = tonumber(redis.call('GET', KEYS[2]) or '0')
if seq < tonumber(ARGV[2]) then seq = tonumber(ARGV[2]) end
for i = 5, #ARGV, 4 do
  seq = seq + 1
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], seq .. '-0',
    'p', ARGV[i], 'l', ARGV[i + 1], 'o', ARGV[i + 2], 'e', ARGV[i + 3])
end
redis.call('SET', KEYS[2], seq, 'EX', ARGV[4])
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return seq
"""


class _Theirs:
    """Whose an event of another process is; with which session its exchange ended is told by a later one."""

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
        without_keys: Callable[[str], str] = str,
    ) -> None:
        import redis

        self._without_keys = without_keys

        self._redis: Any = redis.Redis.from_url(url, socket_connect_timeout=CONNECT_TIMEOUT_S, decode_responses=True)
        names = f"sessionscope:{app}"
        self._keys = [f"{names}:events", f"{names}:seq", f"{names}:epoch"]
        self._redis.set(self._keys[2], secrets.token_hex(6), nx=True, ex=LIFE_S)
        epoch = str(self._redis.get(self._keys[2]))
        super().__init__(redaction, max_events, max_bytes, epoch=epoch)
        self._errors = redis.RedisError
        self._append = self._redis.register_script(_APPEND)
        self._process = secrets.token_hex(4)
        self._local = 0
        self._waiting: deque[Record] = deque()
        #: This process's own records, until Redis has numbered them.
        self._own: OrderedDict[int, Record] = OrderedDict()
        #: Its last ones by identity, for what names another by `via`; only the writing thread looks at it.
        self._locals: OrderedDict[int, tuple[Record, int]] = OrderedDict()
        self._numbers: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._theirs: OrderedDict[str, _Theirs] = OrderedDict()
        self._dropped = 0
        self._work = threading.Lock()
        self._has_work = threading.Event()
        self._is_closed = False
        for name, run in (("write", self._write), ("read", self._read_on)):
            threading.Thread(target=run, name=f"sessionscope-{name}", daemon=True).start()

    def put(self, record: Record) -> None:
        """Takes a record; its number comes from Redis."""
        waiting = self._waiting
        waiting.append(record)
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
        arguments: list[Any] = [self.epoch, self.last_seq, self.max_events, LIFE_S]
        for local, record in batch:
            arguments += [self._process, local, record[1].owner or "", self._text(local, record)]
        while not self._is_closed:
            try:
                self._append(keys=self._keys, args=arguments)
                break
            except self._errors:
                time.sleep(RETRY_S)
        self._tell_dropped()

    def _text(self, local: int, record: Record) -> str:
        """The event as it leaves the process: redacted, and naming another by its number in this process."""
        self._locals[id(record)] = (record, local)
        if len(self._locals) > MAX_NAMED:
            self._locals.popitem(last=False)
        event = self._outgoing(record)
        if "via" in event:
            _, via = self._locals.get(id(event["via"]), (None, None))
            if via is None:
                del event["via"]
            else:
                event["via"] = via
        return self._without_keys(json.dumps(event, separators=(",", ":")))

    def _outgoing(self, record: Record) -> Event:
        try:
            return redacted(self._made(record), self.redaction)
        except Exception as error:
            return self._unmade(record, error)

    def _tell_dropped(self) -> None:
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
            self.append(event, 64, Told())

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
                with self._lock:
                    for place, fields in entries:
                        last = place
                        self._mirror(int(place.partition("-")[0]), fields)
                self._wake()

    def _mirror(self, seq: int, fields: dict[str, str]) -> None:
        process, local = fields["p"], int(fields["l"])
        record = self._own_record(local) if process == self._process else None
        if record is None:
            record = self._record_of(process, fields)
        self._numbers[process, local] = seq
        if len(self._numbers) > self.max_events:
            self._numbers.popitem(last=False)
        if seq != self._first_seq + len(self._records):
            # Redis let some go before they were read: what is held before them would hide the gap.
            self._records.clear()
            self._counted = 0
            self._first_seq = seq
        self._records.append(record)
        self._counted += record[2]
        self._shrink()

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
        return told_record(event, len(fields["e"]), self._whose(event, fields["o"] or None))

    def _whose(self, event: Event, owner: str | None) -> Whose:
        if event["type"] == "epoch-started":
            return EVERYONES
        exchange = event.get("exchange")
        if exchange is None:
            return Told(owner=owner)
        whose = self._theirs.get(exchange)
        if whose is None:
            whose = self._theirs[exchange] = _Theirs(exchange, owner)
            if len(self._theirs) > self.max_events:
                self._theirs.popitem(last=False)
        if event["type"] == "exchange-finished":
            whose.after = event["sessionAfter"]
        return whose


class LonelyLog(MemoryLog):
    """What stands in where the Redis that was named can't be reached: the panel is told."""

    is_shared = False
    fault = (
        "SESSIONSCOPE['log'] names a Redis that can't be reached: this process keeps a log of its own, and what "
        "other processes do is not shown here. Start that Redis, then the server again."
    )


def open_shared_log(
    url: str,
    redaction: Redaction,
    *,
    app: str,
    max_events: int,
    max_bytes: int,
    without_keys: Callable[[str], str] = str,
) -> MemoryLog:
    """The shared log; one of this process's own where Redis or its library is missing."""
    try:
        return RedisLog(url, redaction, app=app, max_events=max_events, max_bytes=max_bytes, without_keys=without_keys)
    except Exception:
        return LonelyLog(redaction, max_events, max_bytes)
