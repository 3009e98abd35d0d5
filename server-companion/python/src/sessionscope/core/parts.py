"""The parts of an encoded value, by keys and indices only."""

from __future__ import annotations

from typing import Any

from .changes import MISSING
from .protocol import EncodedValue, KeyPath, is_tagged


def step_into(container: EncodedValue, step: Any) -> Any:
    """What is at one step of a container: its key (an index, for what has no keys) and value; or `MISSING`."""
    if type(container) is list:
        return _item(container, step)
    if type(container) is not dict:
        return MISSING
    if not is_tagged(container):
        name = str(step)
        return (name, container[name]) if name in container else MISSING
    tag = container["$"]
    if tag == "object":
        return next((entry for entry in container["entries"] if entry[0] == step), MISSING)
    if tag == "map":
        entry = _item(container["entries"], step)
        return MISSING if entry is MISSING else entry[1]
    return _item(container["items"], step) if tag in ("array", "set") else MISSING


def _item(items: list[Any], step: Any) -> Any:
    return (step, items[step]) if type(step) is int and 0 <= step < len(items) else MISSING


def part_at(value: EncodedValue, path: KeyPath) -> EncodedValue:
    """The part at `path`; `MISSING` where there is none."""
    part: Any = value
    for step in path:
        entry = step_into(part, step)
        if entry is MISSING:
            return MISSING
        part = entry[1]
    return part


def names_in_key(key: EncodedValue) -> list[str]:
    """The names that an encoded key of a map says: itself, what is left of a cut one, the texts of a tuple."""
    if type(key) is str:
        return [key]
    if type(key) is list:
        return [name for item in key for name in names_in_key(item)]
    if not is_tagged(key):
        return [] if type(key) is dict or key is None else [str(key)]
    if key["$"] == "text":
        return [key["head"], key["tail"]]
    return names_in_key(key["items"]) if key["$"] in ("array", "set") else []
