"""The log of one process: bounded, dense, honest about what it lost, and shown to whom it concerns."""

from __future__ import annotations

import json
import secrets
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import fixture_digest
from sessionscope.core.encode import encode
from sessionscope.core.event_log import EVENT_BYTES, MemoryLog, Position
from sessionscope.core.redaction import Redaction
from sessionscope.core.viewers import PUBLIC, EventOwner, Viewer, Whose

EVERYTHING = Viewer(all=True)
A, B, C = (fixture_digest(name) for name in "abc")


def new_log(max_events: int = 10_000, max_bytes: int = 8 * 1024 * 1024) -> MemoryLog:
    return MemoryLog(Redaction(fixture_digest), max_events, max_bytes)


def note(log: MemoryLog, owner: str | None = A, size: int = 0, whose: Whose | None = None, **fields: Any) -> None:
    event = {"type": "operation-recorded", "exchange": None, "session": owner, "operation": "set", "call": "set"}
    log.append({**event, "actor": "app", **fields}, size, whose or EventOwner(owner=owner))


def exchange(log: MemoryLog, before: str | None, after: str | None) -> str:
    name = secrets.token_hex(16)
    whose = EventOwner(name, before, after)
    log.append({"type": "exchange-started", "exchange": name}, 0, whose)
    note(log, before, whose=whose, exchange=name)
    finished = {"type": "exchange-finished", "exchange": name, "sessionBefore": before, "sessionAfter": after}
    log.append(finished, 0, whose)
    return name


def read_all(log: MemoryLog, viewer: Viewer, limit: int = 7) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    position = None
    while True:
        reading = log.read(position, viewer, limit)
        events += reading.events
        position = reading.next
        if not reading.more:
            return events


@given(
    st.lists(
        st.one_of(st.tuples(st.just("append"), st.integers(1, 30)), st.tuples(st.just("read"), st.integers(2, 10)))
    ),
    st.integers(1, 40),
)
@settings(max_examples=200, deadline=None)
def test_a_reader_is_sent_each_event_once_or_the_gap(steps: list[tuple[str, int]], max_events: int) -> None:
    log = new_log(max_events)
    position: Position | None = None
    known = 0

    def read(limit: int) -> None:
        nonlocal position, known
        reading = log.read(position, EVERYTHING, limit)
        for event in reading.events:
            if event["type"] == "gap-opened":
                assert event["fromSeq"] == known + 1
                assert event["count"] == event["seq"] - known > 0
            else:
                assert event["seq"] == known + 1
            known = event["seq"]
        position = reading.next
        assert position.seq == known
        assert reading.more == (known < log.last_seq)

    for step, count in steps:
        if step == "read":
            read(count)
            continue
        for _ in range(count):
            note(log)
    while known < log.last_seq:
        read(5)
    assert log.read(position, EVERYTHING, 5).events == []


@given(st.integers(1, 50), st.integers(300, 20_000), st.lists(st.integers(0, 5_000), max_size=100))
@settings(max_examples=100, deadline=None)
def test_is_bounded_by_count_and_by_bytes(max_events: int, max_bytes: int, sizes: list[int]) -> None:
    log = new_log(max_events, max_bytes)
    for size in sizes:
        note(log, size=size)
        assert log.held_events <= max_events
        # The newest is kept whatever its size.
        assert log.held_events == 1 or log.held_bytes <= max_bytes


def test_a_stalled_reader_costs_no_memory_and_learns_how_much_it_lost() -> None:
    log = new_log(1_000)
    for _ in range(100_000):
        note(log, size=100)
    # Evicted some at a time.
    assert 980 <= log.held_events <= 1_000
    assert log.held_bytes == log.held_events * (100 + EVENT_BYTES)
    first, second = log.read(None, EVERYTHING, 2).events
    lost = 100_000 - log.held_events
    assert (first["type"], first["fromSeq"], first["count"]) == ("gap-opened", 1, lost)
    assert second["seq"] == lost + 1


def test_who_missed_the_word_on_the_epoch_gets_it_again() -> None:
    log = new_log(5)
    for project in ("first", "again"):
        log.append({"type": "epoch-started", "project": project}, 0, PUBLIC)
    for _ in range(8):
        note(log)
    for viewer in (EVERYTHING, Viewer(sessions=frozenset([B]))):
        epoch, gap = log.read(None, viewer, 100).events[:2]
        assert (epoch["type"], epoch["project"], epoch["seq"]) == ("epoch-started", "again", 2)
        assert (gap["type"], gap["fromSeq"], gap["seq"]) == ("gap-opened", 1, 5)


def test_a_position_of_another_epoch_or_beyond_the_end() -> None:
    log = new_log(5)
    for _ in range(8):
        note(log)
    events = log.read(Position("another0", 7), EVERYTHING, 100).events
    assert [event["seq"] for event in events] == [3, 4, 5, 6, 7, 8]
    beyond = log.read(Position(log.epoch, 99), EVERYTHING, 100).events
    assert beyond[0]["cause"] == "unknown-position"
    assert [event["seq"] for event in beyond[1:]] == [4, 5, 6, 7, 8]


def test_a_holder_sees_what_began_with_the_session_or_made_it() -> None:
    log = new_log()
    anonymous = exchange(log, None, A)
    plain = exchange(log, A, A)
    rotated = exchange(log, A, B)
    flushed = exchange(log, B, None)
    exchange(log, C, C)
    note(log, A)
    note(log, C)

    def seen(viewer: Viewer) -> list[Any]:
        names = [event.get("exchange") for event in read_all(log, viewer)]
        assert all(names.count(name) == 3 for name in names if name is not None)
        return list(dict.fromkeys(names))

    assert seen(Viewer(sessions=frozenset([A]))) == [anonymous, plain, rotated, None]
    assert seen(Viewer(sessions=frozenset([B]))) == [rotated, flushed]
    assert seen(Viewer(exchanges=frozenset([anonymous]))) == [anonymous]
    assert seen(Viewer()) == []


def test_many_events_of_one_large_value_come_in_answers_that_a_reader_can_hold() -> None:
    log = new_log()
    value = encode(["x" * 600] * 100, fixture_digest).value
    for _ in range(1_000):
        note(log, after=value)
    position = None
    recorded = answers = 0
    more = True
    while more:
        reading = log.read(position, EVERYTHING, 2_000)
        assert len(json.dumps(reading.events)) < 6_000_000
        for event in reading.events:
            recorded += 1
            assert event["seq"] == recorded
        position, more = reading.next, reading.more
        answers += 1
    assert recorded == 1_000
    assert answers > 10
