"""The golden fixtures: what this side encodes, redacts, takes and writes is what the TypeScript side does."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from fixtures import build, changed, fixture_digest, read_fixtures, value_of
from sessionscope.core import protocol, redaction_rules
from sessionscope.core.discovery import format_discovery
from sessionscope.core.encode import EVENT_BOUNDS, encode
from sessionscope.core.key_words import KeyWords
from sessionscope.core.redact import redact, redact_part, to_json
from sessionscope.core.redaction import Redaction
from sessionscope.endpoint.gate import CallRefused
from sessionscope.endpoint.requests import parse_request, read_body

VALUES = read_fixtures("values")["cases"]
REDACTION = read_fixtures("redaction")
DISCOVERY = read_fixtures("discovery")
MESSAGES = read_fixtures("messages")


def named(cases: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


# ── values ───────────────────────────────────────────────────────────────────

ENCODED = [{**case, "encoded": case.get("encodedIn", {}).get("python")} for case in VALUES if "encodedIn" in case]
ENCODED = [case for case in ENCODED if case["encoded"] is not None] + [case for case in VALUES if "encoded" in case]


@named(ENCODED)
def test_encodes(case: dict[str, Any]) -> None:
    encoded = encode(value_of(case["value"]), fixture_digest, EVENT_BOUNDS).value
    # As JSON: 1 is not True, 1.0 is not 1, and the order of keys counts.
    assert to_json(encoded) == to_json(build(case["encoded"]))


def test_most_values_concern_python() -> None:
    assert len(ENCODED) > 80


# ── redaction ────────────────────────────────────────────────────────────────


def test_the_table_is_the_one_of_every_language() -> None:
    here = Path(redaction_rules.__file__).with_name("redaction_table.json")
    assert json.loads(here.read_text("utf-8")) == REDACTION["table"]


@named(REDACTION["values"])
def test_redacts(case: dict[str, Any]) -> None:
    given = build(case["value"])
    held = redact(given, case.get("path", []), Redaction(fixture_digest, case.get("own", [])))
    assert to_json(held) == to_json(build(case["redacted"]))
    # What was given is never changed, and not copied where nothing is secret.
    assert to_json(given) == to_json(build(case["value"]))
    if held == given:
        assert held is given


@named(REDACTION["parts"])
def test_redacts_a_part(case: dict[str, Any]) -> None:
    rules = Redaction(fixture_digest, case.get("own", []))
    shown = redact_part(build(case["value"]), build(case["part"]), case.get("path", []), rules)
    assert to_json(shown) == to_json(build(case["redacted"]))


@pytest.mark.parametrize(
    "key",
    [
        "token",
        {"$": "array", "class": "tuple", "items": ["token", 1], "size": 2},
        {"$": "text", "head": "a", "tail": "token", "length": 3_000, "digest": "0" * 12},
    ],
)
def test_a_key_of_a_map_is_a_name_whatever_it_is_in(key: Any) -> None:
    rules = Redaction(fixture_digest)
    whole = {"$": "map", "entries": [[key, "abc"]], "size": 1}
    assert redact(whole, [], rules)["entries"][0][1]["by"] == "name"
    assert redact_part(whole, [0], [], rules)["by"] == "name"


def test_a_number_as_a_key_can_be_a_name_of_the_apps_own() -> None:
    rules = Redaction(fixture_digest, ["1234"])
    for whole, path in (({"$": "map", "entries": [[1234, "abc"]], "size": 1}, [0]), ({"1234": "abc"}, [1234])):
        assert "abc" not in to_json(redact(whole, [], rules))
        assert redact_part(whole, path, [], rules)["by"] == "name"


@pytest.mark.parametrize(("name", "is_secret"), [(case["name"], case["isSecret"]) for case in REDACTION["names"]])
def test_takes_a_name_for_a_secret(name: str, is_secret: bool) -> None:
    assert redaction_rules.is_secret_name(name) is is_secret


@pytest.mark.parametrize("case", REDACTION["texts"])
def test_takes_a_text_for_a_secret(case: dict[str, Any]) -> None:
    text, is_secret = build(case["text"]), case["isSecret"]
    assert redaction_rules.is_secret_text(text) is is_secret
    sentence = redaction_rules.clean_sentence(text)
    if "cleaned" in case:
        assert sentence == build(case["cleaned"])
    assert (sentence == text) is not is_secret
    # What is clean stays as it is, however often it is cleaned.
    assert redaction_rules.clean_sentence(sentence) == sentence
    assert not redaction_rules.is_secret_text(sentence)


@named(REDACTION["withKeys"])
def test_takes_session_keys_out(case: dict[str, Any]) -> None:
    words = KeyWords()
    for key, name in REDACTION["sessionKeys"].items():
        words.add(key, name)
    assert words.replace_in(build(case["text"])) == build(case["cleaned"])
    for key in REDACTION["sessionKeys"]:
        words.delete(key)
    assert words.replace_in(build(case["text"])) == build(case["text"])


def test_session_keys_are_taken_out_of_json_that_stays_json() -> None:
    words = KeyWords()
    words.add("n" * 16 + "abcdefghijklmnop", "5814cd18be33")
    text = json.dumps({"a": "\n" + "n" * 16 + "abcdefghijklmnop", "b": "n" * 17 + "abcdefghijklmnop"})
    cleaned = json.loads(words.replace_in(text, True))
    assert cleaned == {"a": "\n(session 5814cd18be33)", "b": "n(session 5814cd18be33)"}


#: What each pattern begins with or repeats, so that it is entered, or goes on, at as many places as can be.
SEEDS = [
    *["eyJ-", "eyJaaaaaaaa.", "a", "a-", "a.", "a:", "a=", "a: ", "sk-", "github_pat_", "Bearer ", "-----BEGIN "],
    *["$2b$", "s:", "://", "a://a:", "%41", "%3D", '"', '\\"', '"a"', '"a" ', "'a'", "<a ", "<a>", 'name="a" '],
    *["4", "41 ", "1//0", " ", "[", "{"],
]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_pattern_takes_long_for_what_it_begins_with(seed: str) -> None:
    """48 KB of it: a pattern that is not linear took 4 s and more. This thread's own CPU time, the least of three."""
    text = (seed * 49_152)[:49_152] + "!"

    def took() -> float:
        began = time.thread_time()
        redaction_rules.is_secret_text(text)
        redaction_rules.clean_sentence(text)
        return time.thread_time() - began

    assert min(took() for _ in range(3)) < 1


# ── limits ───────────────────────────────────────────────────────────────────


def test_limits() -> None:
    limits = read_fixtures("limits")
    # The bound on a header's items is the reader's.
    del limits["headerItems"]
    here = {name: getattr(protocol, re.sub("[A-Z]", r"_\g<0>", name).upper()) for name in limits}
    assert here == limits


# ── discovery ────────────────────────────────────────────────────────────────


def parameters_of(header: str) -> dict[str, Any]:
    """Reads one item as far as accepted headers need it."""
    path, *rest = re.findall(r'(?:^|;(\w+)=)(?:"([^"]*)"|(\d+))', header)
    values = {name: text if text else int(number) for name, text, number in rest}
    return {"path": path[1], **values}


@named([case for case in DISCOVERY["accepted"] if len(case["items"]) == 1])
def test_writes_the_discovery_header(case: dict[str, Any]) -> None:
    (item,) = case["items"]
    written = format_discovery(item["path"], item["app"], item.get("at"), item["epoch"])
    assert parameters_of(f'{written}{item["exchange"]}"') == item


@named(DISCOVERY["unwritable"])
def test_writes_no_discovery_header_that_a_panel_refuses(case: dict[str, Any]) -> None:
    item = case["item"]
    with pytest.raises(ValueError, match=r"discovery header|plain absolute path"):
        format_discovery(item["path"], item["app"], item.get("at"), item["epoch"])


# ── requests ─────────────────────────────────────────────────────────────────


def of_requests(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # `open` is a capability that this companion does not have: it has no such call.
    taken = [f"{call}Request" for call in protocol.CALLS]
    return [case for case in cases if case["schema"] in taken]


def ask(schema: str, message: Any) -> dict[str, Any]:
    return parse_request(schema.removesuffix("Request"), read_body(json.dumps(message).encode()))


@named(of_requests(MESSAGES["accepted"]))
def test_takes_a_request(case: dict[str, Any]) -> None:
    message = build(case["message"])
    taken = ask(case["schema"], message)
    proofs = message.get("proofs", {})
    if "proofs" in message:
        assert taken.pop("proofs") == {
            "cookies": [(cookie["name"], cookie["value"]) for cookie in proofs.get("cookies", [])],
            "exchanges": proofs.get("exchanges", []),
        }
    for name, value in taken.items():
        given = message.get(name, False if name == "reveal" else None)
        assert value == (tuple(given.values()) if isinstance(given, dict) else given)


@named(of_requests(MESSAGES["refused"]))
def test_refuses_a_request(case: dict[str, Any]) -> None:
    with pytest.raises(CallRefused) as refused:
        ask(case["schema"], build(changed(case, MESSAGES["accepted"])))
    refusal = refused.value.refusal
    assert refusal.status == 400
    if refusal.code == "unsupported-version":
        assert case["at"] == "v"
        return
    where = re.match(r"The body does not fit: ([^:]+): ", refusal.message)
    assert where is not None
    # A list may be refused whole.
    assert case["at"] == where[1] or case["at"].startswith(f"{where[1]}.")


@named(MESSAGES["unreadable"])
def test_refuses_a_body_that_is_no_json(case: dict[str, Any]) -> None:
    with pytest.raises(CallRefused):
        read_body(case["text"].encode())
