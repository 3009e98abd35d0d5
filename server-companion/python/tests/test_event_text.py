"""The text of an event is put together from cached pieces: a cached piece never shows more than a new one would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sessionscope.core.encode import encode
from sessionscope.core.event_text import MAX_HELD, EventTexts
from sessionscope.core.identity import Identity
from sessionscope.core.protocol import EncodedValue
from sessionscope.core.redact import redact, to_json
from sessionscope.core.redaction import Redaction
from sessionscope.core.session_parts import SessionParts
from sessionscope.core.snapshot import keep
from sessionscope.core.stored_text import StoredText
from sessionscope.core.trim import trim

KEY = "q8x0v1c7j2k4n6m9b3z5l0t8r2w4y6p1"


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return Identity("app", "project", str(tmp_path), tmp_path, b"key of the test")


@pytest.fixture
def texts(identity: Identity) -> EventTexts:
    return EventTexts(Redaction(identity.digest, ["nickname"], identity))


def members(texts: EventTexts, **fields: Any) -> dict[str, Any]:
    event = {"type": "operation-recorded", "operation": "save", **fields}
    written: dict[str, Any] = json.loads(f"{{{texts.members(event, lambda _record: None)}}}")
    return written


def test_a_key_that_becomes_known_later_is_taken_out_of_what_is_remembered(
    identity: Identity, texts: EventTexts
) -> None:
    value = f"/page/?s={KEY}"
    state = SessionParts({"link": keep([value], identity.digest)}, 1)
    head = texts.learn("head", {"type": "operation-recorded", "call": value, "path": []})
    assert KEY in head + texts.value("link", value) + json.dumps(members(texts, state=state))
    name = identity.fingerprint(KEY)
    for text in (texts.head("head"), texts.value("link", value), json.dumps(members(texts, state=state))):
        assert text is not None
        assert KEY not in text
        assert f"(session {name})" in text


@pytest.mark.parametrize("value", [1234, True, 1.5, "hunter2", ["hunter2"], {"a": "hunter2"}])
def test_a_secret_is_redacted_whatever_its_type(identity: Identity, texts: EventTexts, value: Any) -> None:
    for _ in range(2):
        for step in ("password", "nickname"):
            assert json.loads(texts.value(step, keep(value, identity.digest)))["$"] == "redacted"
        # Under another key the same value is none.
        assert json.loads(texts.value("username", keep(value, identity.digest))) == value


def test_values_that_are_equal_and_not_the_same_are_distinguished(identity: Identity, texts: EventTexts) -> None:
    for value in (1, True, 1.0, 0, False, 0.0, "1", None, [1], [True], [1.0], {"a": 1}, {"a": True}):
        written = texts.value("key", keep(value, identity.digest))
        assert written == json.dumps(value, separators=(",", ":"))
    assert json.loads(texts.value("key", -0.0)) == {"$": "number", "value": "-0"}


def session(identity: Identity, data: dict[str, Any]) -> SessionParts:
    return SessionParts({key: keep(value, identity.digest) for key, value in data.items()}, len(data))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "password", "value": "hunter2"},
        {"password": 1234, "user": {"token": ["hunter2"]}, "note": "plain"},
        {"$": "redacted", "by": "name"},
        {"käse": "Käse", "plain": "🧀"},
        {f"key {number}": number for number in range(150)},
        {"deep": [[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]},
        {"long": "x" * 5_000, "list": list(range(1_500)), "short": 1.5, "none": None, "is": True},
        {"a": ["word"] * 90, "b": ["word"] * 90, "c": ["word"] * 99},
    ],
)
def test_a_session_of_pieces_is_what_it_is_as_a_whole(
    identity: Identity, texts: EventTexts, data: dict[str, Any]
) -> None:
    rules = Redaction(identity.digest, ["nickname"], identity)
    whole = encode(data, identity.digest).value
    shown = trim(redact(whole, [], rules), identity.digest, recorded=whole)
    for _ in range(2):
        written = members(texts, state=session(identity, data))
        assert written["state"] == shown
        assert written["digest"] == identity.digest(to_json(whole))


class Payload(StoredText):
    def value(self) -> EncodedValue:
        return encode(json.loads(self.text), str).value

    def as_json(self) -> str | None:
        return None if '"$"' in self.text else self.text


def test_a_record_is_what_the_session_is_where_both_say_the_same(identity: Identity, texts: EventTexts) -> None:
    data = {"cart": [1, {"password": "hunter2"}]}
    text = json.dumps(data, separators=(",", ":"))
    first = members(texts, state=session(identity, data), stored=Payload(text))
    assert first["state"] == first["stored"]
    assert first["stored"]["cart"][1]["password"]["$"] == "redacted"
    assert first["digest"] == identity.digest(text)
    # A tag that the app made is no redacted value.
    forged = {"a": {"$": "redacted", "digest": "0" * 12, "by": "name"}}
    shown = members(texts, stored=Payload(json.dumps(forged, separators=(",", ":"))))["stored"]["a"]
    assert shown["$"] == "object"


def test_what_is_remembered_is_bounded(texts: EventTexts) -> None:
    for number in range(3_000):
        texts.value("key", f"{number}" * 200)
    assert sum(len(piece.raw) for piece in texts._pieces.values()) <= MAX_HELD
