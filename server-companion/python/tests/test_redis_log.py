"""Several processes, one log: here several logs on one stream, and in test_servers.py several workers."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from rig import EVERYTHING, events
from services import REDIS, needs_redis
from sessionscope.core import redis_log
from sessionscope.core.event_log import Position, event_record
from sessionscope.core.redaction import Redaction
from sessionscope.core.redis_log import FallbackLog, RedisLog, open_shared_log
from sessionscope.core.viewers import PUBLIC, EventOwner, Viewer
from sessionscope.django.companion import companion_of
from sessionscope.observe import companion as companion_module

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


def forget(log: RedisLog) -> None:
    import redis

    client = redis.Redis.from_url(REDIS)
    client.delete(*log._keys)
    client.close()


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
    end = time.monotonic() + 30
    while len({log.last_seq for log in logs}) > 1 and time.monotonic() < end:
        time.sleep(0.01)


@needs_redis
def test_both_report_the_same_in_the_same_order(make: Callable[..., RedisLog]) -> None:
    one, two = make(), make()
    assert one.epoch == two.epoch
    for number in range(300):
        (one if number % 3 else two).append(
            operation(number), 8, EventOwner(owner="aaaaaaaaaaaa" if number % 2 else None)
        )
    caught_up(one, two)
    recorded = [log.read(None, EVERYTHING, 1_000).events for log in (one, two)]
    assert recorded[0] == recorded[1]
    assert [event["seq"] for event in recorded[0]] == list(range(1, 301))
    assert sorted(event["after"] for event in recorded[0]) == list(range(300))
    holder = Viewer(sessions=frozenset(["aaaaaaaaaaaa"]))
    assert len(two.read(None, holder, 1_000).events) == 150
    late = make()
    caught_up(one, late)
    assert late.read(None, EVERYTHING, 1_000).events == recorded[0]


@needs_redis
def test_secrets_do_not_leave_the_process(make: Callable[..., RedisLog]) -> None:
    import redis

    one, two = make(), make()
    one.append(operation("canary-of-a-secret", path=["password"]), 20, EventOwner())
    one.append(operation({"deep": [{"apiKey": "canary-of-a-secret"}]}), 20, EventOwner())
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
        two.append(operation("other"), 8, EventOwner())
    two.flush()
    via = event_record(operation([1], operation="get", at=0), 8, EventOwner())
    one.put(via)
    one.append(operation([1, 2], inferred=True, via=via), 8, EventOwner())
    caught_up(one, two)
    for log in (one, two):
        read, inferred = log.read(Position(log.epoch, 5), EVERYTHING, 10).events
        assert inferred["via"] == read["seq"] == 6


@needs_redis
def test_what_redis_discarded_is_reported_as_a_gap(make: Callable[..., RedisLog]) -> None:
    log = make(max_events=50)
    for number in range(500):
        log.append(operation(number), 8, EventOwner())
    log.flush()
    gap, *rest = log.read(None, EVERYTHING, 1_000).events
    assert (gap["type"], gap["fromSeq"]) == ("gap-opened", 1)
    assert len(rest) <= 50
    assert rest[-1]["after"] == 499


def epoch_of(log: RedisLog, process: str) -> None:
    event = {"type": "epoch-started", "app": "a", "project": "p", "runtime": "r", "middlewares": [], "process": process}
    log.append(event, 0, PUBLIC)


@needs_redis
def test_behind_a_gap_each_process_says_what_it_is(make: Callable[..., RedisLog]) -> None:
    one, two = make(max_events=50), make(max_events=50)
    epoch_of(one, "one")
    epoch_of(two, "two")
    caught_up(one, two)
    for number in range(200):
        one.append(operation(number), 8, EventOwner())
    caught_up(one, two)
    for log in (one, two):
        first, second, gap, *_ = log.read(None, EVERYTHING, 1_000).events
        assert {first.get("process"), second.get("process")} == {"one", "two"}
        assert gap["type"] == "gap-opened"


@needs_redis
def test_a_process_whose_epoch_was_evicted_is_asked_to_record_it_again(make: Callable[..., RedisLog]) -> None:
    log = make(max_events=200)
    gone: list[bool] = []
    log.on_epoch_gone = lambda: gone.append(True)
    epoch_of(log, "one")
    for number in range(150):
        log.append(operation(number), 8, EventOwner())
    caught_up(log)
    assert not gone
    for number in range(100):
        log.append(operation(number), 8, EventOwner())
    caught_up(log)
    assert gone == [True]


@needs_redis
@pytest.mark.parametrize(
    "change",
    [
        {"operation": "cycle-key", "from": "aaaaaaaaaaaa", "to": "bbbbbbbbbbbb"},
        {"operation": "flush", "session": "aaaaaaaaaaaa"},
        {"operation": "flush", "from": "aaaaaaaaaaaa", "outcome": "gone"},
    ],
)
def test_a_key_that_lost_its_worth_in_another_process_opens_nothing(
    make: Callable[..., RedisLog], change: dict[str, Any]
) -> None:
    """As any companion records it: the one for Node names no outcome where there is none."""
    one, two = make(), make()
    owner = EventOwner(owner="aaaaaaaaaaaa")
    one.append(operation("before"), 8, owner)
    event = operation(None)
    event.update(change)
    one.append(event, 8, owner)
    caught_up(one, two)
    two.append(operation("after"), 8, owner)
    caught_up(one, two)
    holder = Viewer(sessions=frozenset(["aaaaaaaaaaaa"]))
    assert [event["after"] for event in two.read(None, holder, 10).events] == ["before"]


@needs_redis
def test_what_is_written_again_is_not_there_twice(make: Callable[..., RedisLog]) -> None:
    """The answer to a write may be lost: then it is sent again."""
    log, other = make(), make()
    log.append(operation(1), 8, EventOwner())
    caught_up(log, other)
    event = log.read(None, EVERYTHING, 10).events[-1]
    arguments = [log.epoch, log.last_seq, 100, 60, log.process, 1, "", json.dumps(event)]
    log._append(keys=log._keys, args=arguments)
    log.append(operation(2), 8, EventOwner())
    caught_up(log, other)
    assert [event["after"] for event in other.read(None, EVERYTHING, 10).events] == [1, 2]


@needs_redis
@pytest.mark.parametrize("place", ["*", "1-1"])
def test_an_entry_of_somebody_else_ends_nothing(make: Callable[..., RedisLog], place: str) -> None:
    log, other = make(), make()
    log._redis.xadd(log._keys[0], {"hello": "world"}, id=place)
    log.append(operation(1), 8, EventOwner())
    log.append(operation(2), 8, EventOwner())
    end = time.monotonic() + 30

    def seen() -> list[Any]:
        return [event["after"] for event in other.read(None, EVERYTHING, 20).events if "after" in event]

    while seen() != [1, 2] and time.monotonic() < end:
        time.sleep(0.02)
    assert seen() == [1, 2]
    log.append(operation(3), 8, EventOwner())
    while seen() != [1, 2, 3] and time.monotonic() < end:
        time.sleep(0.02)
    assert seen() == [1, 2, 3]
    recorded = [event for event in other.read(None, EVERYTHING, 20).events if event["type"] == "fault-noted"]
    assert recorded
    assert "not written by a companion" in recorded[0]["message"]


def never(_log: RedisLog) -> None:
    raise AssertionError("there is no Redis")


def test_a_redis_that_is_not_there() -> None:
    log = open_shared_log("redis://127.0.0.1:1/0", REDACTION, never, app="x", max_events=10, max_bytes=1000)
    assert isinstance(log, FallbackLog)
    assert "does not answer" in log.fault
    log.append(operation(1), 8, EventOwner())
    assert log.read(None, EVERYTHING, 10).events[0]["after"] == 1


@pytest.mark.django_db
def test_a_redis_that_accepts_and_never_answers_holds_no_request(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A request that waited for an answer would wait that long.
    monkeypatch.setattr(redis_log, "ANSWER_TIMEOUT_S", 60.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.SESSIONSCOPE = {"log": url, "allowed_hosts": ["testserver"]}
        began = time.monotonic()
        response = client.get("/set/")
        took = time.monotonic() - began
        assert response.status_code == 200
        assert "Sessionscope" in response.headers
        assert took < 30
        epoch = events()[0]
        assert "does not answer" in epoch["partial"]
        assert [event["type"] for event in events()][-1] == "exchange-finished"


@needs_redis
@pytest.mark.django_db
def test_a_redis_that_comes_later_is_shared_from_then_on(client: Client, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.SESSIONSCOPE = {"log": f"redis://127.0.0.1:{port}/0", "allowed_hosts": ["testserver"]}
    client.get("/set/")
    first = companion_of().log
    assert isinstance(first, FallbackLog)
    place = urlsplit(REDIS)
    relay = subprocess.Popen([sys.executable, "-c", RELAY, str(port), place.hostname or "", str(place.port)])
    try:
        end = time.monotonic() + 20
        while companion_of().log is first and time.monotonic() < end:
            time.sleep(0.05)
        shared = companion_of().log
        assert isinstance(shared, RedisLog)
        client.get("/get/")
        shared.flush()
        recorded = events()
        assert recorded[0]["type"] == "epoch-started"
        assert "partial" not in recorded[0]
        assert {"exchange-started", "exchange-finished"} <= {event["type"] for event in recorded}
        for key in shared._keys:
            shared._redis.delete(key)
    finally:
        relay.kill()
        relay.wait()


@needs_redis
@pytest.mark.django_db
def test_what_is_said_of_a_log_of_its_own_is_never_said_in_the_shared_one(
    make: Callable[..., RedisLog], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis answers between the look at which log it is and the record."""
    settings.SESSIONSCOPE = {"allowed_hosts": ["testserver"]}
    companion = companion_of()
    own, shared = companion.log, make()

    def siblings_while_redis_answers() -> bool:
        if companion.log is own:
            companion._share(shared)
        return True

    monkeypatch.setattr(companion_module, "_has_siblings", siblings_while_redis_answers)
    companion.record_epoch()
    companion.record_epoch()
    caught_up(shared)
    said = shared.read(None, Viewer(all=True), 10).events
    assert [("partial" in event, event["type"]) for event in said] == [(False, "epoch-started")]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@needs_redis
@pytest.mark.django_db
@pytest.mark.parametrize("goes", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "silent"])
def test_a_redis_that_goes_away_is_reported_and_nothing_is_lost(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, goes: signal.Signals
) -> None:
    monkeypatch.setattr(redis_log, "ANSWER_TIMEOUT_S", 1.0)
    monkeypatch.setattr(redis_log, "LOST_AFTER_S", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    place = urlsplit(REDIS)
    relay = subprocess.Popen([sys.executable, "-c", RELAY, str(port), place.hostname or "", str(place.port)])
    try:
        settings.SESSIONSCOPE = {"log": f"redis://127.0.0.1:{port}/0", "allowed_hosts": ["testserver"]}
        _until(lambda: bool(client.get("/set/")) and isinstance(companion_of().log, RedisLog))
        shared = companion_of().log
        assert isinstance(shared, RedisLog)
        shared.flush()
        relay.send_signal(goes)
        assert client.get("/canary/?value=after-it-went").status_code == 200
        _until(lambda: companion_of().log is not shared)
        assert isinstance(companion_of().log, FallbackLog)
        client.get("/canary/?value=later")
        _until(lambda: "later" in json.dumps(events()))
        recorded = events()
        assert recorded[0]["type"] == "epoch-started"
        assert "does not answer" in recorded[0]["partial"]
        assert "after-it-went" in json.dumps(recorded)
        assert sum(event["type"] == "exchange-finished" for event in recorded) == 2
        # A record of a request that began before is in the log that is read.
        shared.append(operation("of one that began before"), 8, EventOwner())
        assert events()[-1]["after"] == "of one that began before"
    finally:
        relay.kill()
        relay.wait()
        forget(shared)


#: Passes on what comes in at a port to another.
RELAY = """
import asyncio, sys
async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
async def serve(reader, writer):
    up, down = await asyncio.open_connection(sys.argv[2], int(sys.argv[3]))
    await asyncio.gather(pipe(reader, down), pipe(up, writer), return_exceptions=True)
async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()
asyncio.run(main())
"""
