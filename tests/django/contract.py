"""What the Django companion makes of a corpus, as JSON on standard output: `contract.test.ts` judges it.

`python contract.py < questions.json`, with `src` and `tests` of the companion on the path.
"""

# ruff: noqa: E402
from __future__ import annotations

import atexit
import datetime
import decimal
import json
import os
import random
import shutil
import sys
import tempfile
import uuid
from typing import Any

os.environ["XDG_STATE_HOME"] = STATE = tempfile.mkdtemp()
atexit.register(shutil.rmtree, STATE, ignore_errors=True)
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
os.environ["TEST_DATABASE"] = os.path.join(STATE, "contract.sqlite3")
import django

django.setup()

import logging

from django.core.management import call_command
from django.test import Client

from panel_calls import ORIGIN, Reply, ask, ask_inside, pair, prove
from sessionscope.core import encode
from sessionscope.core.redact import redact
from sessionscope.core.redaction import Redaction
from sessionscope.core.trim import trim
from sessionscope.core.viewers import Viewer
from sessionscope.django.companion import companion_of
from sessionscope.endpoint.paired_keys import key_id_of, key_of


class Point:
    def __init__(self) -> None:
        self.x = 1

    @property
    def trap(self) -> None:
        raise AssertionError("a property was called")

    def __repr__(self) -> str:
        raise AssertionError("__repr__ was called")

    def __iter__(self) -> Any:
        raise AssertionError("__iter__ was called")


class Bag(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise AssertionError("items was called")


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for level in range(levels):
        value = {"in": value} if level % 2 else [value]
    return value


def corpus(seed: int) -> list[Any]:
    cycle: dict[str, Any] = {"list": [1]}
    cycle["list"].append(cycle)
    fixed = [
        *(None, True, 0, -1, 2**53, -(2**64), 10**5000, 1.5, -0.0, float("nan"), float("inf"), float("-inf")),
        *("", "é😀", "\ud800", "x" * 2048, "x" * 2049, "😀" * 1024, "😀" * 5000),
        *({"$": "forged"}, {"__proto__": 1}, {1: 2, None: 3}, {"k" * 300: 1}, Bag(a=1), (1, 2), {1, 2}, frozenset("a")),
        *(b"", b"\x00" * 100, bytearray(b"ab"), ValueError("why"), len, Point, Point(), cycle, object()),
        *(datetime.datetime(2026, 1, 2), datetime.datetime.now(datetime.timezone.utc), datetime.date(2026, 1, 2)),
        *(decimal.Decimal("1.10"), uuid.UUID(int=7), datetime.timedelta(days=1), complex(1, 2)),
        *(deep(10), deep(17), deep(1000), list(range(101)), {str(n): n for n in range(5000)}, ["y" * 2000] * 100),
        [[[n] * 50 for n in range(50)]] * 3,
    ]
    chance = random.Random(seed)

    def any_value(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.4:
            return chance.choice(fixed[:-7])
        if chance.random() < 0.5:
            return [any_value(depth - 1) for _ in range(chance.randrange(5))]
        keys = ["a", "$", "__proto__", "password", "é" * 200, "n", ""]
        return {chance.choice(keys): any_value(depth - 1) for _ in range(chance.randrange(5))}

    return [*fixed, *(any_value(5) for _ in range(500))]


def traffic() -> tuple[list[str], list[Any]]:
    """Headers of a walk through the test app, and all events of it as they leave the process."""
    call_command("migrate", verbosity=0)
    logging.disable()
    client = Client(raise_request_exception=False)
    headers = []
    pages = "set get untouched nested nested nested-marked methods expiry error unfit interrupted login message cycle"
    pages += " template streaming secret elsewhere set clear set flush get rows rows int-keys user logout created moved"
    for page in pages.split():
        response = client.get(f"/{page}/")
        if response.streaming:
            list(response.streaming_content)
            response.close()
        headers.append(response.headers["Sessionscope"])
    return headers, companion_of().log.read(None, Viewer(all=True), 10_000).events


def calls() -> list[dict[str, Any]]:
    """Answers of the endpoint, each with the schema that it should fit; one after each kind of request."""
    client = Client()
    client.get("/set/")
    key = client.cookies["sessionid"].value
    proofs = {"cookies": [{"name": "sessionid", "value": key}]}
    holder = {"v": 1, "proofs": proofs}
    token = pair()
    events = {**holder, "after": None, "wait": False}
    reported = ask("events", events).json
    written = next(event for event in reported["events"] if event.get("operation") == "set")
    value = {**holder, "epoch": written["epoch"], "seq": written["seq"], "part": "after", "path": []}
    forged = {"v": 1, "proofs": {"cookies": [{"name": "sessionid", "value": "x"}]}}
    body = json.dumps({**events, "proofs": {}}).encode()
    used = prove(token, "events", ORIGIN, body)
    ask("events", body, headers={"Sessionscope-Proof": used})
    asked: list[tuple[str, Reply]] = [
        ("helloAnswer", ask("hello", {"versions": [1]})),
        ("helloAnswer", ask("hello", {"versions": [3, 1], "challenge": "0" * 32, "key": key_id_of(key_of(token))})),
        ("helloAnswer", ask_inside(client, "hello", {"versions": [1]})),
        ("eventsAnswer", ask("events", events)),
        ("eventsAnswer", ask("events", {**events, "after": reported["next"]})),
        ("eventsAnswer", ask("events", {**events, "after": {"epoch": "another0", "seq": 7}})),
        ("eventsAnswer", ask("events", {**events, "proofs": {}}, token=token)),
        ("sessionAnswer", ask("session", holder)),
        (
            "sessionAnswer",
            ask("session", {"v": 1, "proofs": {}, "session": companion_of().identity.fingerprint(key)}, token=token),
        ),
        ("valueAnswer", ask("value", value)),
        ("valueAnswer", ask("value", {**value, "reveal": True}, token=token)),
        ("pairAnswer", ask("pair", {"v": 1})),
        ("errorAnswer", ask("pair", {"v": 1, "code": "WRONG234"})),
        ("errorAnswer", ask("hello", {"versions": [2]})),
        ("errorAnswer", ask("hello", {"versions": "1"})),
        ("errorAnswer", ask("hello", b"{")),
        ("errorAnswer", ask("hello", b" " * 70_000)),
        ("errorAnswer", ask("hello", {"versions": [1]}, method="GET")),
        ("errorAnswer", ask("hello", {"versions": [1]}, content_type="text/plain")),
        ("errorAnswer", ask("hello", {"versions": [1]}, origin="http://evil.test")),
        ("errorAnswer", ask("hello", {"versions": [1]}, host="evil.test")),
        ("errorAnswer", ask("goodbye", {"versions": [1]})),
        ("errorAnswer", ask("hello?x=1", {"versions": [1]})),
        ("errorAnswer", ask_inside(client, "events", events)),
        ("errorAnswer", ask("events", {**events, "proofs": {}})),
        ("errorAnswer", ask("session", forged)),
        ("errorAnswer", ask("value", {**value, "seq": 99_999})),
        ("errorAnswer", ask("value", {**value, "reveal": True})),
        ("errorAnswer", ask("events", body, headers={"Sessionscope-Proof": used})),
    ]
    return [
        {"schema": schema, "status": reply.status, "body": reply.json, "leaks": key in reply.body.decode()}
        for schema, reply in asked
    ]


def main() -> None:
    questions = json.load(sys.stdin)
    digest = companion_of().identity.digest
    rules = Redaction(digest)
    recorded = [encode.encode(value, digest).value for value in corpus(questions["seed"])]
    encoded = [trim(value, digest) for value in recorded]
    headers, events = traffic()
    answers = {
        "recorded": recorded,
        "encoded": encoded,
        "redacted": [trim(redact(value, [], rules), digest, recorded=value) for value in recorded],
        "headers": headers,
        "events": events,
        "calls": calls(),
    }
    # As the wire writes it: a lone surrogate as an escape.
    print(json.dumps(answers, allow_nan=False))


main()
