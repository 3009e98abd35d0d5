"""What a request leaves in the log, and how an event is made of it when somebody reads it.

Three kinds of record, each a plain tuple that begins as every record does:

| maker | then |
| --- | --- |
| `read_event`, `asked_event`, `set_event`, `deleted_event` | clock, session, caller, call, key, what the maker says |
| `operation_event` | clock, session, caller, call, operation, fields |
| `Exchange.started_event`, `.finished_event` | what `exchange.py` says |

The clock is `time.perf_counter`; an event's date is the exchange's start and what has passed since.
"""

from __future__ import annotations

from ..core.changes import MISSING
from ..core.protocol import Event
from ..core.snapshot import Kept, Snapshot, reveal
from ..core.source import Caller, resolve
from ..core.stored_text import StoredText
from ..core.viewers import Record

#: Fields of an operation that are kept as they were, and encoded when they are read.
_KEPT = ("before", "after", "state", "stored")


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


def _put(event: Event, name: str, kept: Kept, record: Record) -> None:
    encoded = reveal(kept, record[1].digest)
    if encoded is not MISSING:
        event[name] = encoded


def read_event(record: Record) -> Event:
    """A key was asked for: its value, or that there was none."""
    event = _event(record, "get", record[5])
    event["path"] = [record[7]]
    event["hit"] = record[8] is not MISSING
    _put(event, "after", record[8], record)
    return event


def asked_event(record: Record) -> Event:
    """Whether a key is there."""
    event = _event(record, "get", record[5])
    event["path"] = [record[7]]
    event["hit"] = record[8]
    return event


def set_event(record: Record) -> Event:
    """A key was set: its value now, and before."""
    event = _event(record, "set", record[5])
    event["path"] = [record[7]]
    _put(event, "after", record[8], record)
    _put(event, "before", record[9], record)
    return event


def deleted_event(record: Record) -> Event:
    """A key was deleted: its value before, or that there was none."""
    event = _event(record, "delete", record[5])
    event["path"] = [record[7]]
    event["hit"] = record[8] is not MISSING
    _put(event, "before", record[8], record)
    return event


def operation_event(record: Record) -> Event:
    """Anything else, by its fields."""
    event = _event(record, record[7], record[5])
    event.update(record[8])
    if "source" in record[8]:
        event["source"] = resolve(record[8]["source"])
    for name in _KEPT:
        kept = event.get(name)
        if type(kept) is Snapshot:
            event[name] = reveal(kept, record[1].digest)
        elif isinstance(kept, StoredText):
            event[name] = kept.value()
    for name in ("expiry", "expiryBefore"):
        as_wire = getattr(event.get(name), "as_wire", None)
        if as_wire is not None:
            # A library's clocks, worked out when they are read.
            event[name] = as_wire()
    if "durationMs" in event:
        # Microseconds are as fine as the clock is honest.
        event["durationMs"] = round(event["durationMs"], 3)
    return event
