"""The golden fixtures: what this side encodes, holds back, takes and writes is what the TypeScript side does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from django_sessionscope.core import protocol
from django_sessionscope.core.encode import EVENT_BOUNDS, encode
from django_sessionscope.core.redact import Redaction, to_json
from django_sessionscope.endpoint.gate import CallRefused
from django_sessionscope.endpoint.requests import parse_request, read_body
from fixtures import build, changed, fixture_digest, read_fixtures, value_of

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


@named(REDACTION["values"])
def test_holds_back(case: dict[str, Any]) -> None:
    given = build(case["value"])
    held = Redaction(fixture_digest, case.get("own", [])).redact(given, case.get("path", []))
    assert to_json(held) == to_json(build(case["redacted"]))
    # What was given is never changed, and not copied where nothing is secret.
    assert to_json(given) == to_json(build(case["value"]))
    if held == given:
        assert held is given


@pytest.mark.parametrize(("name", "is_secret"), [(case["name"], case["isSecret"]) for case in REDACTION["names"]])
def test_takes_a_name_for_a_secret(name: str, is_secret: bool) -> None:
    assert protocol.is_secret_name(name) is is_secret


@pytest.mark.parametrize(
    ("text", "is_secret"), [(build(case["text"]), case["isSecret"]) for case in REDACTION["texts"]]
)
def test_takes_a_text_for_a_secret(text: str, is_secret: bool) -> None:
    assert protocol.is_secret_text(text) is is_secret


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
    written = protocol.format_discovery(item["path"], item["app"], item["at"], item["epoch"])
    assert parameters_of(f'{written}{item["exchange"]}"') == item


@named(DISCOVERY["unwritable"])
def test_writes_no_discovery_header_that_a_panel_refuses(case: dict[str, Any]) -> None:
    item = case["item"]
    with pytest.raises(ValueError, match=r"discovery header|plain absolute path"):
        protocol.format_discovery(item["path"], item["app"], item["at"], item["epoch"])


# ── requests ─────────────────────────────────────────────────────────────────


def of_requests(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [case for case in cases if case["schema"].endswith("Request")]


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
