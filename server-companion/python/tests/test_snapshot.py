"""A value is kept as it is now: what is changed later shows, and no code of the program is run."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import _trapped, fixture_digest
from sessionscope.core import protocol
from sessionscope.core.encode import encode
from sessionscope.core.snapshot import Snapshot, is_unchanged, keep, reveal, size_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def encoded(value: Any) -> str:
    return json.dumps(encode(value, fixture_digest).value)


@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_is_reported_as_if_it_were_encoded_at_once(value: Any) -> None:
    kept = keep(value, fixture_digest)
    assert json.dumps(reveal(kept, fixture_digest)) == encoded(value)


@given(VALUES.filter(lambda value: isinstance(value, (list, dict))), VALUES)
@settings(max_examples=200, deadline=None)
def test_says_unchanged_only_of_what_is_reported_the_same(value: Any, other: Any) -> None:
    kept = keep(value, fixture_digest)
    if type(kept) is Snapshot:
        assert is_unchanged(value, kept)
    for candidate in (other, copy.deepcopy(value)):
        if is_unchanged(candidate, kept):
            assert encoded(candidate) == encoded(value)


def test_what_is_changed_inside_later_is_reported_as_it_was() -> None:
    cart: dict[str, Any] = {"items": [{"qty": 1}]}
    kept = keep(cart, fixture_digest)
    cart["items"][0]["qty"] = 2
    assert reveal(kept, fixture_digest) == {"items": [{"qty": 1}]}
    assert not is_unchanged(cart, kept)


@pytest.mark.parametrize(
    ("was", "now"), [(1, True), (1, 1.0), (0.0, -0.0), ([], ()), ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
)
def test_equal_is_not_the_same(was: Any, now: Any) -> None:
    assert not is_unchanged([now], keep([was], fixture_digest))


def test_no_code_of_the_program_is_run() -> None:
    for value in (_trapped("Trap", {"a": 1}), type("Sub", (dict,), {"__reduce_ex__": None, "items": None})(a=1)):
        kept = keep({"deep": [value]}, fixture_digest)
        assert type(kept) is not Snapshot
        assert json.dumps(reveal(kept, fixture_digest)) == encoded({"deep": [value]})


def test_what_lies_in_many_places_does_not_unfold() -> None:
    value: Any = ["x" * 100]
    for _ in range(60):
        value = [value] * 10
    began = time.monotonic()
    kept = keep(value, fixture_digest)
    assert size_of(kept) <= 2 * protocol.LOG_VALUE_BYTES
    assert len(json.dumps(reveal(kept, fixture_digest))) <= 4 * protocol.LOG_VALUE_BYTES
    # Unfolded it has 10**60 parts: a bound of seconds is no measure of speed, but of ending at all.
    assert time.monotonic() - began < 5


def test_a_large_value_is_cut_and_not_held() -> None:
    for value in ("x" * 50_000_000, ["x" * 1_000] * 50_000, list(range(1_000_000)), {"deep": "y" * 10_000_000}):
        kept = keep(value, fixture_digest)
        assert size_of(kept) <= 2 * protocol.LOG_VALUE_BYTES
        assert len(json.dumps(reveal(kept, fixture_digest))) <= 4 * protocol.LOG_VALUE_BYTES


def test_a_value_deeper_than_anybody_goes_and_one_that_holds_itself() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    circular: list[Any] = [1]
    circular.append(circular)
    for value in (deep, circular):
        kept = keep(value, fixture_digest)
        assert json.dumps(reveal(kept, fixture_digest)) == encoded(value)
    # Taken apart by hand: Python's own way recurses.
    while deep:
        deep = deep.pop()
