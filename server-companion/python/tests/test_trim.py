"""An event shows less of a value than the log holds; the rest is given on demand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures import fixture_digest
from sessionscope.core import protocol
from sessionscope.core.encode import EVENT_BOUNDS, Bounds, encode
from sessionscope.core.event_log import MemoryLog
from sessionscope.core.redaction import Redaction
from sessionscope.core.trim import trim
from sessionscope.core.viewers import EventOwner, Viewer
from sessionscope.observe.known_values import KnownValues

EVERYTHING = Viewer(all=True)


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


VALUES: list[Any] = [
    "x" * 5_000,
    {"text": "😀" * 5_000, "a": 1},
    list(range(500)),
    {f"k{index}": index for index in range(500)},
    {"$": 1, "list": ["x"] * 500},
    {index: index for index in range(500)},
    tuple(range(500)),
    deep(16),
    [[1] * 90] * 90,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_cuts_as_the_encoder_cuts(value: Any) -> None:
    recorded = encode(value, fixture_digest).value
    before = json.dumps(recorded)
    trimmed = trim(recorded, fixture_digest)
    assert without_digests(trimmed) == without_digests(encode(value, fixture_digest, EVENT_BOUNDS).value)
    assert json.dumps(recorded) == before
    assert trim(trimmed, fixture_digest) is trimmed


def without_digests(value: Any) -> Any:
    """What is cut at the log's bounds or later has a digest; a text that is cut has one in any case."""
    if type(value) is list:
        return [without_digests(item) for item in value]
    if type(value) is not dict:
        return value
    is_text = value.get("$") == "text"
    return {key: without_digests(part) for key, part in value.items() if key != "digest" or is_text}


def cut(value: Any, bounds: Bounds) -> Any:
    return without_digests(trim(value, fixture_digest, bounds))


def test_what_is_cut_is_marked_with_its_size() -> None:
    bounds = Bounds(nodes=6, depth=2, entries=3, text_length=10, text_head=4, text_tail=2, bytes=10_000)
    assert cut([[[1, 2]]], bounds) == [[{"$": "cut", "kind": "array", "why": "depth", "size": 2}]]
    assert cut([1, 2, 3, 4], bounds) == {"$": "array", "items": [1, 2, 3], "size": 4}
    assert cut({"$": "set", "items": [1, 2, 3, 4], "size": 9}, bounds) == {
        "$": "set",
        "items": [1, 2, 3],
        "size": 9,
    }
    assert cut([[1, 2, 3], 4, 5], bounds) == {"$": "array", "items": [[1, 2, 3], 4], "size": 3}


def append(log: MemoryLog, **fields: Any) -> int:
    event = {"type": "operation-recorded", "exchange": None, "session": None, "operation": "save", "call": "save"}
    log.append({**event, "actor": "background", **fields}, 0, EventOwner())
    return log.last_seq


def test_gives_on_demand_what_is_too_large_for_an_event() -> None:
    log = MemoryLog(Redaction(fixture_digest))
    value = {"text": "x" * 5_000, "list": list(range(500)), "password": "hunter2" * 1_000}
    seq = append(log, after=encode(value, fixture_digest).value)
    shown = log.read(None, EVERYTHING, 10).events[0]["after"]
    assert shown["text"]["$"] == "text"
    assert shown["list"]["size"] == 500
    assert log.value(seq, "after", ["text"], False, EVERYTHING) == value["text"]
    assert log.value(seq, "after", ["list"], False, EVERYTHING) == value["list"]
    assert log.value(seq, "after", ["password"], False, EVERYTHING)["$"] == "redacted"
    assert log.value(seq, "after", ["password"], True, EVERYTHING) == value["password"]


def test_a_session_of_many_large_values_is_reported_within_the_bounds_of_one() -> None:
    log = MemoryLog(Redaction(fixture_digest))
    memory = KnownValues(fixture_digest)
    memory.fill({f"key {index}": [["word"] * 30] * 60 for index in range(150)})
    append(log, state=memory.encoded_state())
    (event,) = log.read(None, EVERYTHING, 10).events
    assert len(json.dumps(event)) < 3 * protocol.VALUE_BYTES
