"""Several processes, one log: here several logs on one stream, and in test_servers.py several workers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_sessionscope.core.event_log import Position, Told, Viewer, told_record
from django_sessionscope.core.redact import Redaction
from django_sessionscope.redis_log import LonelyLog, RedisLog, open_shared_log
from rig import EVERYTHING
from services import REDIS, needs_redis

REDACTION = Redaction(lambda text: "0123456789ab")


@pytest.fixture
def make() -> Iterator[Callable[..., RedisLog]]:
    import redis

    app = f"test-{secrets.token_hex(6)}"
    made: list[RedisLog] = []

    def open_log(**limits: int) -> RedisLog:
        sizes = {"max_events": 10_000, "max_bytes": 1 << 23, **limits}
        made.append(RedisLog(REDIS, REDACTION, app=app, **sizes))
        return made[-1]

    yield open_log
    for log in made:
        log.close()
    client = redis.Redis.from_url(REDIS)
    for key in client.scan_iter(f"sessionscope:{app}:*"):
        client.delete(key)


def operation(value: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "operation-recorded",
        "exchange": None,
        "session": None,
        "operation": "set",
        "call": "[]=",
        "actor": "app",
        "path": ["a"],
        "after": value,
        **more,
    }


def caught_up(*logs: RedisLog) -> None:
    for log in logs:
        log.flush()
    end = time.monotonic() + 5
    while len({log.last_seq for log in logs}) > 1 and time.monotonic() < end:
        time.sleep(0.01)


@needs_redis
def test_both_tell_the_same_in_the_same_order(make: Callable[..., RedisLog]) -> None:
    one, two = make(), make()
    assert one.epoch == two.epoch
    for number in range(300):
        (one if number % 3 else two).append(operation(number), 8, Told(owner="aaaaaaaaaaaa" if number % 2 else None))
    caught_up(one, two)
    told = [log.read(None, EVERYTHING, 1_000).events for log in (one, two)]
    assert told[0] == told[1]
    assert [event["seq"] for event in told[0]] == list(range(1, 301))
    assert sorted(event["after"] for event in told[0]) == list(range(300))
    holder = Viewer(sessions=frozenset(["aaaaaaaaaaaa"]))
    assert len(two.read(None, holder, 1_000).events) == 150
    late = make()
    caught_up(one, late)
    assert late.read(None, EVERYTHING, 1_000).events == told[0]


@needs_redis
def test_secrets_do_not_leave_the_process(make: Callable[..., RedisLog]) -> None:
    import redis

    one, two = make(), make()
    one.append(operation("canary-of-a-secret", path=["password"]), 20, Told())
    one.append(operation({"deep": [{"apiKey": "canary-of-a-secret"}]}), 20, Told())
    caught_up(one, two)
    raw = redis.Redis.from_url(REDIS).xrange(one._keys[0])
    assert len(raw) == 2
    assert b"canary-of-a-secret" not in repr(raw).encode()
    # The process that recorded it can still reveal it, to a paired panel.
    assert one.value(1, "after", [], True, EVERYTHING) == "canary-of-a-secret"
    assert two.value(1, "after", [], True, EVERYTHING)["$"] == "redacted"


@needs_redis
def test_a_nested_change_names_the_read_it_came_through(make: Callable[..., RedisLog]) -> None:
    one, two = make(), make()
    for _ in range(5):
        two.append(operation("other"), 8, Told())
    two.flush()
    via = told_record(operation([1], operation="get", at=0), 8, Told())
    one.put(via)
    one.append(operation([1, 2], inferred=True, via=via), 8, Told())
    caught_up(one, two)
    for log in (one, two):
        read, inferred = log.read(Position(log.epoch, 5), EVERYTHING, 10).events
        assert inferred["via"] == read["seq"] == 6


@needs_redis
def test_what_redis_let_go_is_told_as_a_gap(make: Callable[..., RedisLog]) -> None:
    log = make(max_events=50)
    for number in range(500):
        log.append(operation(number), 8, Told())
    log.flush()
    gap, *rest = log.read(None, EVERYTHING, 1_000).events
    assert (gap["type"], gap["fromSeq"]) == ("gap-opened", 1)
    assert len(rest) <= 50
    assert rest[-1]["after"] == 499


def test_a_redis_that_is_not_there_is_told() -> None:
    log = open_shared_log("redis://127.0.0.1:1/0", REDACTION, app="x", max_events=10, max_bytes=1000)
    assert isinstance(log, LonelyLog)
    assert "can't be reached" in log.fault
    log.append(operation(1), 8, Told())
    assert log.read(None, EVERYTHING, 10).events[0]["after"] == 1
