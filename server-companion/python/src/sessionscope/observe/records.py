"""What a request leaves in the log, and how an event is made of it when somebody reads it.

Three kinds of record, each a plain tuple that begins as every record does, with its maker:

| maker | then |
| --- | --- |
| `READ`, `ASKED`, `SET`, `DELETED` | clock, session, caller, call, key, what the maker says |
| `OPERATION` | clock, session, caller, call, operation, fields |
| `STARTED`, `FINISHED` | what `exchange.py` says |

The clock is `time.perf_counter`; an event's date is the exchange's start and what has passed since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.changes import MISSING
from ..core.event_text import PARTS, EventMaker, EventTexts, NumberOf, encoded_of
from ..core.protocol import Event
from ..core.snapshot import Kept, reveal
from ..core.source import Caller, resolve
from ..core.viewers import Record


def _event(record: Record, operation: str, caller: Caller | None) -> Event:
    exchange, clock = record[1], record[3]
    event: Event = {
        "type": "operation-recorded",
        "at": exchange.date_of(clock),
        "exchange": exchange.id,
        "offsetMs": exchange.offset_of(clock),
        "session": record[4],
        "operation": operation,
        "call": record[6],
    }
    if caller is None:
        event["actor"] = "framework"
    else:
        event["actor"] = caller.actor
        event["source"] = resolve(caller.source)
        if caller.reason is not None:
            event["reason"] = caller.reason
    return event


class _OfKey(EventMaker):
    """A call on one key. `facts`: whether the key was there, its value after, and before; `MISSING`: not said."""

    def __init__(self, operation: str, facts: Callable[[Record], tuple[Any, Kept, Kept]]) -> None:
        self._operation = operation
        self._facts = facts

    def event(self, record: Record) -> Event:
        event = self._head(record)
        event["path"] = [record[7]]
        for name, kept in zip(("hit", "after", "before"), self._facts(record), strict=True):
            value = kept if name == "hit" else reveal(kept, record[1].digest)
            if value is not MISSING:
                event[name] = value
        return event

    def _head(self, record: Record) -> Event:
        return _event(record, self._operation, record[5])

    def members(self, record: Record, texts: EventTexts, number_of: NumberOf) -> str:
        # The hot case: a dozen for each request. All that a line of code says each time is one piece.
        _, exchange, _, clock, session, caller, call, step, *_ = record
        key = (self, id(caller), call, session, step)
        head = texts.head(key)
        if head is None:
            event = self._head(record)
            for name in ("at", "offsetMs", "exchange"):
                del event[name]
            event["path"] = [step]
            # The caller is held, so that its id stays its own.
            head = texts.learn(key, event, caller)
        hit, after, before = self._facts(record)
        text = (
            f'{head},"at":{exchange.date_of(clock)},"exchange":"{exchange.id}","offsetMs":{exchange.offset_of(clock)}'
        )
        if hit is not MISSING:
            text += ',"hit":true' if hit else ',"hit":false'
        if after is not MISSING:
            text += f',"after":{texts.value(step, after)}'
        if before is not MISSING:
            text += f',"before":{texts.value(step, before)}'
        return text


#: A key was asked for: its value, or that there was none.
READ = _OfKey("get", lambda record: (record[8] is not MISSING, record[8], MISSING))

#: Whether a key is there.
ASKED = _OfKey("get", lambda record: (record[8], MISSING, MISSING))

#: A key was set: its value now, and before.
SET = _OfKey("set", lambda record: (MISSING, record[8], record[9]))

#: A key was deleted: its value before, or that there was none.
DELETED = _OfKey("delete", lambda record: (record[8] is not MISSING, MISSING, record[8]))


class _Operation(EventMaker):
    """Anything else, by its fields."""

    def event(self, record: Record) -> Event:
        event = self._fields(record)
        for name in PARTS:
            if name in event:
                event[name] = encoded_of(event[name], record[1].digest)
        return event

    def members(self, record: Record, texts: EventTexts, number_of: NumberOf) -> str:
        return texts.members(self._fields(record), number_of)

    def _fields(self, record: Record) -> Event:
        """The event, with the app's values as they were kept."""
        event = _event(record, record[7], record[5])
        event.update(record[8])
        if "source" in record[8]:
            event["source"] = resolve(record[8]["source"])
        for name in ("expiry", "expiryBefore"):
            as_wire = getattr(event.get(name), "as_wire", None)
            if as_wire is not None:
                # A library's clocks, worked out when they are read.
                event[name] = as_wire()
        if "durationMs" in event:
            # Microseconds are as fine as the clock is honest.
            event["durationMs"] = round(event["durationMs"], 3)
        return event


OPERATION = _Operation()
