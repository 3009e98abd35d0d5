"""What changed inside a value between two looks at it: how nested changes are found at a checkpoint."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import protocol
from .protocol import EncodedValue, KeyPath, is_tagged

#: A change that has more parts than this is reported as one change of what holds them.
MAX_CHANGES = 8


class Missing:
    """Says that a side of a change was not there."""


MISSING = Missing()


class Change(NamedTuple):
    path: KeyPath
    #: `MISSING`: was not there.
    before: EncodedValue
    #: `MISSING`: is not there any more.
    after: EncodedValue


def find_changes(before: EncodedValue, after: EncodedValue, path: KeyPath) -> list[Change]:
    """The parts in which two encodings differ, each with its path; empty where they say the same."""
    changes: list[Change] = []
    _collect(before, after, list(path), changes)
    if len(changes) <= MAX_CHANGES:
        return changes
    return [Change(list(path), before, after)]


def _collect(before: EncodedValue, after: EncodedValue, path: KeyPath, changes: list[Change]) -> None:
    if before is after or len(changes) > MAX_CHANGES:
        return
    parts_before = _parts(before)
    parts_after = _parts(after)
    if (
        parts_before is None
        or parts_after is None
        or len(path) >= protocol.KEY_PATH_STEPS
        or type(before) is not type(after)
    ):
        if not is_same(before, after):
            changes.append(Change(list(path), before, after))
        return
    for step, value in parts_before.items():
        other = parts_after.get(step, MISSING)
        if other is MISSING:
            changes.append(Change([*path, step], value, MISSING))
        else:
            path.append(step)
            _collect(value, other, path, changes)
            path.pop()
    for step, value in parts_after.items():
        if step not in parts_before:
            changes.append(Change([*path, step], MISSING, value))


def _parts(value: EncodedValue) -> dict[Any, EncodedValue] | None:
    if type(value) is list:
        return dict(enumerate(value))
    if type(value) is dict and not is_tagged(value):
        return value
    return None


def is_same(a: EncodedValue, b: EncodedValue) -> bool:
    """Whether two encodings say the same: `1`, `1.0` and `True` do not."""
    if type(a) is not type(b):
        return False
    if type(a) is dict:
        return list(a) == list(b) and all(map(is_same, a.values(), b.values()))
    if type(a) is list:
        return len(a) == len(b) and all(map(is_same, a, b))
    return bool(a == b)
