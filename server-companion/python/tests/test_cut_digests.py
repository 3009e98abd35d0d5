"""What is cut keeps a digest of the whole, so that a change in a part that was not sent is known."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fixtures import fixture_digest
from rig import events, get
from sessionscope.core.encode import encode
from sessionscope.core.redact import redact
from sessionscope.core.redaction import Redaction
from sessionscope.core.snapshot import keep, reveal
from sessionscope.core.trim import is_whole, trim

RULES = Redaction(fixture_digest)


def shown(value: Any) -> Any:
    """A value of the program as an event shows it."""
    recorded = reveal(keep(value, fixture_digest), fixture_digest)
    return trim(redact(recorded, [], RULES), fixture_digest, recorded=recorded)


def rows(count: int, **changed: Any) -> list[dict[str, Any]]:
    made = [{"sku": f"A-{index}", "qty": index} for index in range(count)]
    for at, qty in changed.items():
        made[int(at.removeprefix("at_"))]["qty"] = qty
    return made


def deep(levels: int, bottom: Any) -> Any:
    value = bottom
    for _ in range(levels):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("before", "same", "after"),
    [
        (rows(20_000), rows(20_000), rows(20_000, at_14321=-1)),
        (rows(500), rows(500), rows(500, at_300=-1)),
        (
            {f"k{i}": i for i in range(202)},
            {f"k{i}": i for i in range(202)},
            {f"k{i}": -(i == 150) for i in range(202)},
        ),
        ({i: i for i in range(300)}, {i: i for i in range(300)}, {i: i - (i == 250) for i in range(300)}),
        ({i: i for i in range(12000)}, {i: i for i in range(12000)}, {i: i - (i == 11500) for i in range(12000)}),
        (tuple(range(200)), tuple(range(200)), tuple(range(1, 201))),
        ({f"k{i}": i for i in range(12000)}, {f"k{i}": i for i in range(12000)}, {f"k{i}": 1 for i in range(12000)}),
    ],
    ids=["20,000 rows", "500 rows", "202 keys", "300 number keys", "12,000 number keys", "a tuple", "12,000 keys"],
)
def test_a_change_in_what_is_not_shown_changes_the_digest(before: Any, same: Any, after: Any) -> None:
    assert len(shown(before)["digest"]) == 12
    assert shown(before)["digest"] == shown(same)["digest"]
    assert shown(before)["digest"] != shown(after)["digest"]


def test_the_log_keeps_a_list_of_ten_thousand_items_and_a_long_text_whole() -> None:
    value = {"list": list(range(10_000)), "text": "é" * 60_000}
    assert encode(value, fixture_digest).value == value


def test_what_is_cut_for_its_depth_has_one_too() -> None:
    def cut(value: Any) -> Any:
        part = shown(value)
        while "in" in part:
            part = part["in"]
        return part

    one, other = cut(deep(20, "a")), cut(deep(20, "b"))
    assert one["$"] == other["$"] == "cut"
    assert one["digest"] != other["digest"]


def test_the_digest_does_not_depend_on_what_is_beside_or_redacted() -> None:
    # 300 keys, with a secret among those that are shown.
    value = {"password": "hunter2", **{f"k{i}": i for i in range(300)}}
    recorded = encode(value, fixture_digest).value
    bare = trim(recorded, fixture_digest)
    assert shown(value)["digest"] == bare["digest"]
    assert "hunter2" not in repr(shown(value))
    alone = shown({"list": rows(500)})["list"]
    beside = shown({"list": rows(500), "more": "x" * 5_000})["list"]
    assert alone["digest"] == beside["digest"]


def test_what_the_log_does_not_have_whole_has_none() -> None:
    """Cut because of what is beside it: the same value elsewhere would be whole, and have another digest."""
    value = [[index] * 9_000 for index in range(20)]
    assert not is_whole(encode(value, fixture_digest).value)
    part = shown(value)
    assert (part["size"], "digest" in part) == (20, False)


class Opaque:
    def __repr__(self) -> str:
        raise AssertionError("code of the program was run")


def test_no_code_of_the_program_is_run_for_a_digest() -> None:
    class Keys(dict):  # type: ignore[type-arg]
        def __repr__(self) -> str:
            raise AssertionError("code of the program was run")

    for value in ([Opaque()] * 12_000, [Keys(a=1)] * 12_000, {f"k{i}": Opaque() for i in range(12_000)}):
        assert "digest" not in shown(value)


@pytest.mark.django_db
def test_a_nested_change_beyond_what_is_kept_is_found(client: Client) -> None:
    get(client, "/rows/")
    made = get(client, "/rows/")
    (inferred,) = [event for event in made if event.get("inferred")]
    assert inferred["path"] == ["rows"]
    assert inferred["before"]["digest"] != inferred["after"]["digest"]
    save = [event for event in events() if event.get("operation") == "save"][-1]
    assert save["stored"]["rows"]["digest"] == inferred["after"]["digest"]
    assert save["state"]["rows"]["digest"] == inferred["after"]["digest"]
