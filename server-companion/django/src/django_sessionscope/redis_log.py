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
from typing import Any

from .core.event_log import MemoryLog, outgoing
from .core.protocol import Event
from .core.redact import Redaction

#: Events that wait for Redis; past it the oldest are dropped, and that is told.
MAX_WAITING = 20_000

#: Events written at once.
MAX_BATCH = 500

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


class RedisLog(MemoryLog):
    """The mirror, with what is appended going by way of Redis."""

    is_shared = True

    def __init__(self, url: str, redaction: Redaction, *, app: str, max_events: int, max_bytes: int) -> None:
        import redis

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
        self._waiting: deque[tuple[int, Event, str | None]] = deque()
        #: This process's own events, unredacted, until Redis has numbered them.
        self._own: OrderedDict[int, tuple[Event, int]] = OrderedDict()
        self._numbers: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._dropped = 0
        self._work = threading.Condition()
        self._is_closed = False
        for name, run in (("write", self._write), ("read", self._read_on)):
            threading.Thread(target=run, name=f"sessionscope-{name}", daemon=True).start()

    def append(self, event: Event, bytes: int, owner: str | None) -> int:
        """Takes an event; its number comes from Redis. Gives a number of this process's own, for `via`."""
        with self._work:
            self._local += 1
            local = self._local
            event["epoch"] = self.epoch
            event["seq"] = 0
            event["at"] = self.now() * 1000
            if len(self._waiting) >= MAX_WAITING:
                lost, _, _ = self._waiting.popleft()
                self._own.pop(lost, None)
                self._dropped += 1
            self._waiting.append((local, event, owner))
            self._own[local] = (event, bytes)
            self._work.notify()
        return local

    def flush(self, timeout: float = 5.0) -> None:
        """Waits until all that was appended so far can be read."""
        end = time.monotonic() + timeout
        while self._own and time.monotonic() < end:
            time.sleep(0.005)

    def close(self) -> None:
        self.flush(1.0)
        with self._work:
            self._is_closed = True
            self._work.notify()

    # ── to Redis ───────────────────────────────────────────────────────────────

    def _write(self) -> None:
        while True:
            with self._work:
                while not self._waiting and not self._is_closed:
                    self._work.wait()
                if self._is_closed:
                    return
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            arguments: list[Any] = [self.epoch, self.last_seq, self.max_events, LIFE_S]
            for local, event, owner in batch:
                text = json.dumps(outgoing(event, self.redaction), separators=(",", ":"))
                arguments += [self._process, local, owner or "", text]
            while not self._is_closed:
                try:
                    self._append(keys=self._keys, args=arguments)
                    break
                except self._errors:
                    time.sleep(RETRY_S)
            self._tell_dropped()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self.append(
                {
                    "type": "fault-noted",
                    "exchange": None,
                    "where": "redis",
                    "message": f"Redis did not keep up: {dropped} events of this process were dropped.",
                    "total": dropped,
                },
                64,
                None,
            )

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

    def _mirror(self, seq: int, fields: dict[str, str]) -> None:
        process, local = fields["p"], int(fields["l"])
        own = self._own.pop(local, None) if process == self._process else None
        text = fields["e"]
        # A copy: readers may hold the event as it was appended.
        event: Event = dict(own[0]) if own is not None else json.loads(text)
        event["seq"] = seq
        if "via" in event:
            via = self._numbers.get((process, event["via"]))
            if via is None:
                del event["via"]
            else:
                event["via"] = via
        self._numbers[process, local] = seq
        if len(self._numbers) > self.max_events:
            self._numbers.popitem(last=False)
        if seq != self.last_seq + 1:
            # Redis let some go before they were read: what is held before them would hide the gap.
            while self._first_seq <= self.last_seq:
                self._evict()
            self._first_seq = seq
        self.last_seq = seq
        self._hold(seq, (event, own[1] if own is not None else len(text), fields["o"] or None))


class LonelyLog(MemoryLog):
    """What stands in where the Redis that was named can't be reached: the panel is told."""

    is_shared = False
    fault = (
        "SESSIONSCOPE['log'] names a Redis that can't be reached: this process keeps a log of its own, and what "
        "other processes do is not shown here. Start that Redis, then the server again."
    )


def open_shared_log(url: str, redaction: Redaction, *, app: str, max_events: int, max_bytes: int) -> MemoryLog:
    """The shared log; one of this process's own where Redis or its library is missing."""
    try:
        return RedisLog(url, redaction, app=app, max_events=max_events, max_bytes=max_bytes)
    except Exception:
        return LonelyLog(redaction, max_events, max_bytes)
