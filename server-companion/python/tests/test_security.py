"""Each row of the threat table, as the very request that must be refused, at both listeners."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import stat
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from panel_calls import ORIGIN, Reply, Stream, ask, ask_inside, direct_origin, pair
from rig import EVERYTHING, events
from sessionscope.core.viewers import EventOwner
from sessionscope.django.companion import companion_of, forget_companion
from sessionscope.endpoint import direct_listener
from sessionscope.endpoint.direct_listener import MAX_CONNECTIONS
from sessionscope.endpoint.paired_keys import key_id_of, key_of
from sessionscope.endpoint.streams import MAX_STREAMS

pytestmark = pytest.mark.django_db

EVENTS = {"v": 1, "proofs": {}, "after": None, "wait": False}


@pytest.fixture
def key(client: Client) -> str:
    """A session with something in it; gives its key."""
    client.get("/set/")
    return client.cookies["sessionid"].value


def proven(key: str, **more: Any) -> dict[str, Any]:
    return {**EVENTS, "proofs": {"cookies": [{"name": "sessionid", "value": key}]}, **more}


def both(client: Client, key: str, status: int = 403, **change: Any) -> list[Reply]:
    """The valid baseline with one thing changed: refused at both listeners, no data, the store untouched."""
    from django.contrib.sessions.models import Session

    rows = list(Session.objects.values_list())
    token = pair()
    change.setdefault("body", proven(key))
    replies = [ask("events", **change), ask_inside(client, "events", **{"token": token, **change})]
    for reply in replies:
        assert reply.status == status, (reply, change)
        assert b"john_doe" not in reply.body
        assert key.encode() not in reply.body
        assert not [name for name in reply.headers if name.startswith("access-control-")]
    assert list(Session.objects.values_list()) == rows
    assert ask("hello", {"versions": [1]}).status == 200
    return replies


def test_the_baseline_is_answered(client: Client, key: str) -> None:
    recorded = ask("events", proven(key))
    assert recorded.status == 200
    assert any(event.get("after") == "john_doe" for event in recorded.json["events"])
    inside = ask_inside(client, "events", EVENTS, token=pair())
    assert any(event.get("after") == "john_doe" for event in inside.json["events"])
    for reply in (recorded, inside):
        assert reply.headers["cache-control"] == "no-store, no-transform"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert key.encode() not in reply.body


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "localhost6",
        "10.0.2.555",
        "0177.0.0.1",
        "localhost.evil.test",
        "localhost@evil.test",
        "[::",
        "",
        "127.0.0.1:80:80",
        "localhost:99999",
    ],
)
def test_dns_rebinding(client: Client, key: str, host: str) -> None:
    both(client, key, host=host or " ")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:4000",
        "null",
        "http://[",
        "https://evil.test",
        "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        f"{ORIGIN}.evil.test",
        "moz-extension://not-a-uuid",
    ],
)
def test_other_origins(client: Client, key: str, origin: str) -> None:
    both(client, key, origin=origin)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(client: Client, key: str, method: str) -> None:
    both(client, key, 405, method=method)


def test_a_stream_for_a_web_page_and_an_upgrade(client: Client, key: str) -> None:
    both(client, key, origin="http://localhost:4000", body=proven(key, wait=True))
    place = urlsplit(direct_origin())
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as raw:
        lines = ["GET /__sessionscope__/v1/events HTTP/1.1", f"Host: {place.netloc}", f"Origin: {ORIGIN}"]
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Cookie: sessionid={key}"]
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = raw.recv(4_000)
    assert answer.startswith(b"HTTP/1.1 405")
    assert b"john_doe" not in answer


def test_no_call_takes_an_upgrade(client: Client, key: str) -> None:
    both(client, key, headers={"Upgrade": "websocket", "Connection": "Upgrade"})


def test_a_body_whose_length_is_sent_twice(key: str) -> None:
    reply = ask("events", proven(key), headers={"Transfer-Encoding": "chunked"})
    assert reply.status == 400
    assert b"john_doe" not in reply.body


def test_an_unknown_version_learns_what_is_spoken(client: Client, key: str) -> None:
    for reply in (ask("hello", {"versions": [7]}), ask("events", {**proven(key), "v": 2})):
        assert reply.status == 400
        assert reply.json["error"]["versions"] == [1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("call", ["hello", "session", "events", "value", "pair"])
def test_a_page_of_the_app_gets_nothing_with_its_cookies(client: Client, key: str, method: str, call: str) -> None:
    headers = {"Cookie": f"sessionid={key}"}
    for origin in ("http://127.0.0.1:8000", "null"):
        for reply in (
            ask(call, proven(key), method=method, origin=origin, headers=headers),
            ask_inside(client, call, proven(key), method=method, origin=origin),
        ):
            assert reply.status in (403, 405)
            assert b"john_doe" not in reply.body
            assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_no_key_in_what_the_app_itself_says_of_it(client: Client, key: str) -> None:
    """In a value, a path, an error of the store's: the name stands in its place, in an answer and in a stream."""
    client.get(f"/says/{key}/")
    name = companion_of().identity.fingerprint(key)
    stream = Stream(proven(key, wait=True))
    texts = [stream.until(b"exchange-finished").decode()]
    stream.close()
    texts.append(ask("events", proven(key)).body.decode())
    texts.append(ask("events", EVENTS, token=pair()).body.decode())
    event = next(event for event in events() if event.get("path") == ["link"])
    body = {"v": 1, "proofs": {}, "epoch": event["epoch"], "seq": event["seq"], "part": "after", "path": []}
    texts.append(ask("value", {**body, "reveal": True}, token=pair()).body.decode())
    texts.append(ask("session", {"v": 1, "proofs": {}, "session": name}, token=pair()).body.decode())
    for text in texts:
        assert key not in text
    assert f"/says/(session {name})/" in texts[1]
    assert f"?s=(session {name})" in texts[3]


def test_a_key_that_is_only_claimed_drives_out_no_other(client: Client, key: str) -> None:
    for number in range(2_100):
        companion_of().sessions.prove("sessionid", f"{number:032}")
    assert companion_of().identity.key_of(companion_of().identity.fingerprint(key)) == key
    assert "(session " in companion_of().identity.without_keys(f"/tmp/sessionid{key}: cached_db{key}")
    assert key not in companion_of().identity.without_keys(f"/tmp/sessionid{key}: cached_db{key}")


def test_a_path_into_a_value_reaches_values_only(client: Client, key: str) -> None:
    event = next(event for event in events() if "state" in event)
    body = {"v": 1, "proofs": {}, "epoch": event["epoch"], "seq": event["seq"], "part": "state"}
    token = pair()
    for path in (["__proto__"], ["constructor", "prototype"], ["__class__", "__init__"], ["username", "__class__"]):
        assert ask("value", {**body, "path": path}, token=token).status == 404
    assert ask("value", {**body, "path": [{"a": 1}]}, token=token).status == 400


def test_values_without_bounds_are_cut_and_answered(client: Client) -> None:
    client.get("/huge/")
    recorded = ask("events", EVENTS, token=pair())
    assert recorded.status == 200
    kinds = {event["path"][0]: event["after"] for event in recorded.json["events"] if event.get("operation") == "set"}
    assert kinds["long"]["$"] == "text"
    assert kinds["deep"][0][0] is not None
    assert "cycle" in json.dumps(kinds["circular"])
    assert kinds["getter"]["class"] == "Trap"
    assert len(recorded.body) < 1_000_000


def test_a_thousand_random_disconnects_lose_nothing_and_send_nothing_twice(client: Client, key: str) -> None:
    import random

    chance = random.Random(5)
    after: dict[str, Any] | None = None
    seen: list[int] = []
    for number in range(1_000):
        if number % 20 == 0:
            client.get(f"/canary/?value={number}")
        recorded = ask("events", proven(key, after=after)).json
        if chance.random() < 0.5:
            # The answer is lost on its way: asked again from where the reader was.
            continue
        seen += [event["seq"] for event in recorded["events"]]
        after = recorded["next"]
    seen += [event["seq"] for event in ask("events", proven(key, after=after)).json["events"]]
    assert seen == list(range(1, companion_of().log.last_seq + 1))  # type: ignore[attr-defined]


def test_a_clock_that_jumps_back_changes_no_order(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/set/")
    real = time.time
    for hours in (-1, 1, -1):
        monkeypatch.setattr("sessionscope.observe.exchange.time.time", lambda hours=hours: real() + hours * 3600)
        client.get("/get/")
    recorded = events()
    assert [event["seq"] for event in recorded] == list(range(1, len(recorded) + 1))
    offsets: dict[str, list[float]] = {}
    for event in recorded:
        if "offsetMs" in event:
            offsets.setdefault(event["exchange"], []).append(event["offsetMs"])
    assert all(series == sorted(series) and series[0] >= 0 for series in offsets.values())
    assert all(event["durationMs"] >= 0 for event in recorded if event["type"] == "exchange-finished")


def test_methods_that_nobody_knows(key: str) -> None:
    place = urlsplit(direct_origin())
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as raw:
        raw.sendall(b"BREW /__sessionscope__/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 405")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms(client: Client, key: str, content_type: str) -> None:
    both(client, key, 415, content_type=content_type)


@pytest.mark.parametrize(
    "path",
    [
        "/__sessionscope__/v1/events?x=1",
        "/__sessionscope__/v1/events/",
        "/__sessionscope__/v1//events",
        "/__sessionscope__/v1/../v1/events",
        "/__sessionscope__/v2/events",
        "/__sessionscope__/",
        "/__sessionscope__/v1/answer",
        "/__sessionscope__/v1/%65vents%2f",
        "/__sessionscope__/v1/_viewer",
    ],
)
def test_other_paths(client: Client, key: str, path: str) -> None:
    assert ask(path, proven(key)).status == 404
    if ".." not in path:
        assert ask_inside(client, path, proven(key), token=pair()).status == 404


def test_a_question_mark_with_nothing_behind_it(key: str) -> None:
    assert ask("/__sessionscope__/v1/events?", proven(key)).status == 404


def test_a_header_can_not_be_injected(client: Client, key: str) -> None:
    reply = ask("/__sessionscope__/v1/events%0d%0aX-Evil:%201", proven(key))
    assert reply.status == 404
    assert "x-evil" not in reply.headers


def test_without_origin_and_token(client: Client, key: str) -> None:
    assert ask("events", proven(key), origin=None).status == 403
    assert ask("events", EVENTS, origin=None, token=pair()).status == 200


@pytest.mark.parametrize("forwarded", [None, "127.0.0.1", "192.168.1.7"])
def test_inside_the_app_a_cookie_is_no_proof(client: Client, key: str, forwarded: str | None) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    reply = ask_inside(client, "events", proven(key), headers=headers)
    assert (reply.status, reply.code) == (403, "not-paired")
    reply = ask_inside(client, "session", {"v": 1, "proofs": proven(key)["proofs"]}, headers=headers)
    assert (reply.status, reply.code) == (403, "not-paired")


def test_a_lan_peer_at_the_direct_listener(client: Client, key: str) -> None:
    from sessionscope.endpoint.calls import Request

    def call(peer: str) -> int:
        body = json.dumps(proven(key)).encode()
        headers = {"host": "127.0.0.1:1", "origin": ORIGIN, "content-type": "application/json"}
        request = Request("direct", peer, "POST", "/v1/events", None, headers, lambda limit: body)
        return companion_of().endpoint.answer(request).status

    assert [call(peer) for peer in ("192.168.1.7", "10.0.0.1", "::ffff:10.0.0.1", "::2", "1270.0.0.1")] == [403] * 5
    assert [call(peer) for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "127.3.2.1")] == [200] * 4


def test_the_direct_listener_listens_on_loopback_only() -> None:
    assert companion_of().endpoint._listener.open()["directListener"]["origin"].startswith("http://127.0.0.1:")


def test_cookies_that_come_along_are_ignored(client: Client, key: str) -> None:
    reply = ask("events", EVENTS, headers={"Cookie": f"sessionid={key}"})
    assert (reply.status, reply.code) == (403, "proof-needed")


def test_nothing_is_proven_by_what_is_not_a_session(client: Client, key: str) -> None:
    recorded = ask("events", proven("x" * 32))
    assert recorded.status == 200
    assert {event["type"] for event in recorded.json["events"]} == {"epoch-started"}
    assert ask("events", proven("short")).code == "proof-needed"
    assert ask("events", {**EVENTS, "proofs": {"exchanges": ["0" * 32]}}).status == 200
    other = {**EVENTS, "proofs": {"cookies": [{"name": "other", "value": key}]}}
    assert ask("events", other).code == "proof-needed"


def test_a_holder_sees_its_own_and_nothing_else(key: str) -> None:
    stranger = Client()
    stranger.get("/canary/?value=of-somebody-else")
    recorded = ask("events", proven(key)).body
    assert b"john_doe" in recorded
    assert b"of-somebody-else" not in recorded
    exchange = next(event["exchange"] for event in events() if event["type"] == "exchange-started")
    by_exchange = ask("events", {**EVENTS, "proofs": {"exchanges": [exchange]}}).body
    assert b"john_doe" in by_exchange
    assert b"of-somebody-else" not in by_exchange


def test_a_holder_follows_its_session_through_rotation(client: Client, key: str) -> None:
    client.get("/cycle/")
    rotated = client.cookies["sessionid"].value
    client.get("/get/")
    old = ask("events", proven(key)).json["events"]
    assert "cycle-key" not in {event["operation"] for event in old if "operation" in event}
    assert b"/get/" in ask("events", proven(rotated)).body


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"[]",
        b"null",
        b'{"v":2,"proofs":{}}',
        b'{"v":true,"proofs":{},"after":null,"wait":false}',
        b'{"v":1,"proofs":{},"wait":false}',
        b'{"v":1,"proofs":{"cookies":{}},"after":null,"wait":false}',
        b'{"v":1,"proofs":{"exchanges":["x"]},"after":null,"wait":false}',
        b'{"v":1,"proofs":{},"after":{"epoch":"..","seq":0},"wait":false}',
        b'{"v":1,"proofs":{},"after":{"epoch":"abcdefgh","seq":-1},"wait":false}',
        b"[" * 60_000,
    ],
)
def test_malformed_bodies(client: Client, key: str, body: bytes) -> None:
    for reply in both(client, key, 400, body=body):
        assert reply.code in ("bad-request", "unsupported-version")


def test_a_huge_body(client: Client, key: str) -> None:
    for reply in both(client, key, 413, body=b" " * 65_537):
        assert reply.code == "too-large"


def test_pairing() -> None:
    printed: list[str] = []
    companion_of().endpoint.pairing._show = printed.append
    first = ask("pair", {"v": 1})
    assert first.json["state"] == "code-printed"
    assert ask("pair", {"v": 1}).json["expiresInMs"] <= first.json["expiresInMs"]
    assert len(printed) == 1
    code = printed[0].split(": ")[2].split(" ")[0]
    assert len(code) == 8
    assert ask("pair", {"v": 1, "code": "WRONGONE"}).code == "wrong-code"
    token = ask("pair", {"v": 1, "code": code.lower()}).json["token"]
    assert len(token) == 43
    # Single use.
    assert ask("pair", {"v": 1, "code": code}).code == "wrong-code"
    assert ask("events", EVENTS, token=token).status == 200
    # Bound to the origin it was issued for.
    other = "moz-extension://01234567-89ab-cdef-0123-456789abcdef"
    assert ask("events", EVENTS, token=token, origin=other).code == "not-paired"
    named = key_id_of(key_of(token))
    assert ask("hello", {"versions": [1], "key": named}).json["paired"] is True
    assert ask("hello", {"versions": [1]}).json["paired"] is False
    # It outlives the process, and only its hash is kept, for the owner alone.
    forget_companion()
    assert ask("events", EVENTS, token=token).status == 200
    identity = companion_of().identity
    (file,) = identity.directory.glob("*.pairing.json")
    assert token not in file.read_text()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(identity.directory).st_mode) == 0o700


def test_five_wrong_codes_spend_a_code() -> None:
    printed: list[str] = []
    pairing = companion_of().endpoint.pairing
    pairing._show = printed.append
    ask("pair", {"v": 1})
    code = printed[0].split(": ")[2].split(" ")[0]
    codes = [ask("pair", {"v": 1, "code": "AAAAAAAA"}).code for _ in range(5)]
    assert codes == ["wrong-code"] * 4 + ["too-many-tries"]
    assert ask("pair", {"v": 1, "code": code}).code == "wrong-code"
    for _ in range(25):
        reply = ask("pair", {"v": 1})
        keys = companion_of().endpoint.keys
        keys.write(keys.read()._replace(code=None))
    assert (reply.status, reply.code) == (429, "too-many-tries")
    assert len(printed) == 20


def test_a_code_dies_after_two_minutes() -> None:
    printed: list[str] = []
    pairing = companion_of().endpoint.pairing
    pairing._show = printed.append
    pairing.begin()
    now = pairing._now()
    pairing._now = lambda: now + 121
    code = printed[0].split(": ")[2].split(" ")[0]
    assert ask("pair", {"v": 1, "code": code}).code == "wrong-code"


def test_reveal_is_for_the_paired(client: Client) -> None:
    client.get("/secret/")
    key = client.cookies["sessionid"].value
    event = next(event for event in events() if event.get("path") == ["api_key"])
    body = {"v": 1, "epoch": event["epoch"], "seq": event["seq"], "part": "after", "path": []}
    holder = {**body, "proofs": proven(key)["proofs"]}
    assert ask("value", {**holder, "reveal": True}).code == "not-paired"
    assert ask("value", holder).json["value"]["$"] == "redacted"
    paired = {**body, "proofs": {}, "reveal": True}
    assert ask("value", paired, token=pair()).json["value"] == "canary-value-of-a-secret"
    assert ask("value", {**paired, "seq": 99_999}, token=pair()).code == "gone"
    state = next(event for event in reversed(events()) if "state" in event)
    deep = {**paired, "seq": state["seq"], "part": "state", "path": ["nested", "a", 0, "Password"]}
    assert ask("value", {**deep, "reveal": False}, token=pair()).json["value"]["$"] == "redacted"
    assert ask("value", deep, token=pair()).json["value"] == "canary-value-of-a-secret"


def test_a_path_through_a_map_counts_the_names_of_its_keys(client: Client) -> None:
    """A dict with a key that is not a string travels as a map, whose entries a path names by their position."""
    client.get("/secret/")
    key = client.cookies["sessionid"].value
    event = next(event for event in events() if event.get("path") == ["prices"])
    assert event["after"]["$"] == "map"
    body = {"v": 1, "epoch": event["epoch"], "seq": event["seq"], "part": "after", "proofs": proven(key)["proofs"]}
    for path in ([1], [2, "deep"], [2, "deep", 0], [3], [3, 0]):
        answer = ask("value", {**body, "path": path})
        assert answer.json["value"]["$"] == "redacted", path
        assert b"canary-value-of-a-secret" not in answer.body
    assert ask("value", {**body, "path": [0]}).json["value"] == "one"
    whole = ask("value", {**body, "path": []})
    assert b"canary-value-of-a-secret" not in whole.body
    revealed = {**body, "proofs": {}, "path": [1], "reveal": True}
    assert ask("value", revealed, token=pair()).json["value"] == "canary-value-of-a-secret"


def test_the_session_call_reads_without_a_trace(client: Client, key: str, django_assert_num_queries: Any) -> None:
    body = {"v": 1, "proofs": proven(key)["proofs"]}
    answer = ask("session", body).json
    assert answer["signature"] == "unsigned"
    # The test's database lives in the memory of another thread's connection.
    assert answer["store"]["outcome"] in ("found", "error", "missing")
    assert key not in json.dumps(answer)
    named = {"v": 1, "proofs": {}, "session": answer["session"]}
    assert ask("session", named, token=pair()).json["session"] == answer["session"]


def test_the_apps_own_cors_middleware_writes_nothing_on_our_answers(client: Client, key: str) -> None:
    before = settings.MIDDLEWARE
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "corsheaders"]
    settings.MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *before]
    settings.CORS_ALLOW_ALL_ORIGINS = True
    settings.CORS_ALLOW_CREDENTIALS = True
    try:
        cors = Client()
        refused = ask_inside(cors, "events", proven(key), origin="http://localhost:4000", token=pair())
        assert refused.status == 403
        allowed = ask_inside(cors, "hello", {"versions": [1]})
        assert allowed.status == 200
        for reply in (refused, allowed):
            assert not [name for name in reply.headers if name.startswith("access-control-")]
    finally:
        settings.MIDDLEWARE = before
        settings.INSTALLED_APPS = settings.INSTALLED_APPS[:-1]
        del settings.CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOW_CREDENTIALS


def test_streams_are_counted(client: Client, key: str) -> None:
    body = proven(key, wait=True)
    streams = [Stream(body) for _ in range(MAX_STREAMS)]
    for stream in streams:
        stream.until(b"john_doe")
    assert ask("events", body).code == "too-many-streams"
    for stream in streams:
        stream.close()
    # The socket is watched: a place is free again though nothing is written to who has gone.
    assert _eventually(lambda: len(companion_of().endpoint.streams) == 0)
    late = Stream(body)
    late.until(b"john_doe")
    late.close()


def _eventually(holds: Any, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_invented_proofs_give_way_to_those_that_prove_something(client: Client, key: str) -> None:
    invented = [
        Stream({**EVENTS, "wait": True, "proofs": {"exchanges": [f"{number:032x}"]}}) for number in range(MAX_STREAMS)
    ]
    for stream in invented:
        stream.until(b"event: events")
    # One more that proves nothing gets no place; who holds a session does, and so does a paired panel.
    assert ask("events", {**EVENTS, "wait": True, "proofs": {"exchanges": ["f" * 32]}}).code == "too-many-streams"
    holder = Stream(proven(key, wait=True))
    holder.until(b"john_doe")
    paired = Stream({**EVENTS, "wait": True}, token=pair())
    paired.until(b"john_doe")
    assert _eventually(lambda: invented[0].socket.recv(65_536) == b"")
    assert len(companion_of().endpoint.streams) == MAX_STREAMS
    for stream in (*invented, holder, paired):
        stream.close()


def test_connections_are_bounded_and_a_dripped_request_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for a busy machine to take all of them before the first has to go.
    monkeypatch.setattr(direct_listener, "REQUEST_TIMEOUT_S", 4.0)
    place = urlsplit(direct_origin())

    def serving() -> int:
        return sum("process_request" in thread.name for thread in threading.enumerate())

    assert _eventually(lambda: serving() == 0)
    sockets = [socket.create_connection((place.hostname or "", place.port or 0)) for _ in range(MAX_CONNECTIONS + 40)]
    assert _eventually(lambda: serving() >= MAX_CONNECTIONS)
    time.sleep(0.2)
    assert serving() <= MAX_CONNECTIONS

    def all_but_one_are_gone() -> bool:
        # Each sends a byte of its headers now and then, so that no single read lasts long.
        for one in sockets:
            with contextlib.suppress(OSError):
                one.send(b"X")
        time.sleep(0.1)
        return serving() <= 1

    assert _eventually(all_but_one_are_gone)
    assert ask("hello", {"versions": [1]}).status == 200
    for one in sockets:
        one.close()


def raw(lines: list[str], body: bytes = b"") -> bytes:
    place = urlsplit(direct_origin())
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as connection:
        head = [lines[0], f"Host: {place.netloc}", f"Origin: {ORIGIN}", "Content-Type: application/json", *lines[1:]]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "target",
    [
        "//__sessionscope__/v1/hello",
        "/./__sessionscope__/v1/hello",
        "/a/../__sessionscope__/v1/hello",
        "http://127.0.0.1/__sessionscope__/v1/hello",
        "/__sessionscope__//v1/hello",
        "/__sessionscope__/v1/hello/",
        "/__sessionscope__/v1/%68ello",
    ],
)
def test_a_target_that_is_not_the_exact_path(target: str) -> None:
    body = b'{"versions":[1]}'
    assert raw([f"POST {target} HTTP/1.1", f"Content-Length: {len(body)}"], body).startswith(b"HTTP/1.1 404")


def test_two_lengths() -> None:
    body = b'{"versions":[1]}'
    lengths = [f"Content-Length: {len(body)}", "Content-Length: 3"]
    assert raw(["POST /__sessionscope__/v1/hello HTTP/1.1", *lengths], body).startswith(b"HTTP/1.1 400")
    assert raw(["POST /__sessionscope__/v1/hello HTTP/1.1", lengths[0]], body).startswith(b"HTTP/1.1 200")


def test_a_stream_goes_on_where_it_was_left(client: Client, key: str) -> None:
    stream = Stream(proven(key, wait=True))
    stream.until(b"exchange-finished")
    client.get("/canary/?value=live-now")
    stream.until(b"live-now")
    stream.close()
    last = companion_of().log.last_seq  # type: ignore[attr-defined]
    after = {"epoch": companion_of().log.epoch, "seq": last}
    assert ask("events", proven(key, after=after)).json["events"] == []
    client.get("/canary/?value=later")
    recorded = ask("events", proven(key, after=after)).json["events"]
    assert [event["seq"] for event in recorded] == list(range(last + 1, last + 1 + len(recorded)))
    beyond = ask("events", proven(key, after={"epoch": companion_of().log.epoch, "seq": 10**9})).json
    assert beyond["events"][0]["cause"] == "unknown-position"


def test_memory_is_bounded_and_the_gap_is_reported() -> None:
    log: Any = companion_of().log
    stalled = log.subscribe()
    for number in range(30_000):
        log.append(
            {"type": "operation-recorded", "exchange": None, "session": None, "after": "x" * 500, "n": number},
            502,
            EventOwner(),
        )
    assert log.held_events <= 10_000
    assert log.held_bytes <= 8 * 1024 * 1024
    gap = log.read(None, EVERYTHING, 10).events[0]
    assert (gap["type"], gap["cause"], gap["fromSeq"]) == ("gap-opened", "evicted", 1)
    assert gap["count"] == 30_000 - log.held_events
    log.unsubscribe(stalled)


def test_no_key_in_logs_errors_or_the_terminal(
    client: Client, key: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        ask("events", proven(key))
        ask("events", {**proven(key), "wait": "no"})
        ask("session", {"v": 1, "proofs": proven(key)["proofs"]})
        ask_inside(client, "events", proven(key), origin="http://evil.test")
    output = capsys.readouterr()
    for text in (caplog.text, output.out, output.err, json.dumps(events()), repr(companion_of().endpoint)):
        assert key not in text


def test_a_fault_of_the_endpoint_is_reported_and_harms_nobody(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("planted")

    monkeypatch.setattr(type(companion_of().log), "read", fail)
    reply = ask("events", proven(key))
    assert (reply.status, reply.code) == (500, "fault")
    assert b"planted" not in reply.body


def test_aborted_streams_leave_nothing(client: Client, key: str) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    body = proven(key, wait=True)
    for round_ in range(40):
        streams = [Stream(body) for _ in range(5)]
        for stream in streams:
            stream.until(b"john_doe")
            stream.close()
        client.get(f"/canary/?value={round_}")
        client.get(f"/canary/?value={round_}")
        if round_ == 5:
            held, threads = descriptors(), threading.active_count()
    for _ in range(200):
        client.get("/canary/?value=end")
        if len(companion_of().endpoint.streams) == 0:
            break
        time.sleep(0.02)
    assert len(companion_of().endpoint.streams) == 0
    # A stream's thread and socket end a turn after it has left the list.
    assert _eventually(lambda: descriptors() <= held + 5)
    assert _eventually(lambda: threading.active_count() <= threads + 5)


def seen_by(key: str) -> list[str]:
    """What the holder of a cookie is shown, as operations with their values."""
    recorded = ask("events", proven(key)).json["events"]
    return [
        f"{event['operation']} {event.get('path', [''])[0]}".strip()
        for event in recorded
        if event["type"] == "operation-recorded"
    ]


def test_a_planted_key_sees_nothing_from_the_rotation_on(client: Client, key: str) -> None:
    """Session fixation: the key of before the login is known to somebody else."""
    client.get("/login/")
    new = client.cookies["sessionid"].value
    assert new != key
    client.get("/get/")
    seen = seen_by(key)
    assert "set username" in seen
    assert not [one for one in seen if "cycle-key" in one or "set _auth" in one]
    assert "set _auth_user_id" in seen_by(new)
    # What was made of that request later is hidden as well: its end, and the values of single events.
    recorded = ask("events", proven(key)).json["events"]
    login = next(event for event in events() if event.get("path") == ["_auth_user_id"] and event["operation"] == "set")
    assert [event["type"] for event in recorded if event.get("exchange") == login["exchange"]][
        -1
    ] != "exchange-finished"
    body = {"v": 1, "epoch": login["epoch"], "seq": login["seq"], "part": "after", "path": []}
    assert ask("value", {**body, "proofs": proven(key)["proofs"]}).code == "gone"
    assert ask("value", {**body, "proofs": proven(new)["proofs"]}).status == 200
    # Who saw the response sees that request.
    by_id = ask("events", {**EVENTS, "proofs": {"exchanges": [login["exchange"]]}}).json["events"]
    assert login["seq"] in [event["seq"] for event in by_id]


def test_a_key_that_was_flushed_sees_nothing_from_then_on(client: Client, key: str) -> None:
    client.get("/flush/")
    client.cookies["sessionid"] = key
    client.get("/set/")
    seen = seen_by(key)
    assert seen.count("set username") == 1
    assert "flush" not in seen


def test_a_change_that_the_log_dropped_hides_all(client: Client, key: str) -> None:
    log = companion_of().log
    client.get("/cycle/")
    while any(event.get("operation") == "cycle-key" for event in events()):
        with log._lock:
            log._evict(1)
    client.cookies["sessionid"] = key
    client.get("/get/")
    assert seen_by(key) == []
