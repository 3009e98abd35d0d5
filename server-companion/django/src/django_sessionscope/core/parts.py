"""The part of an encoded value at a path."""

from __future__ import annotations

from typing import Any

from .changes import MISSING
from .protocol import EncodedValue, KeyPath, is_tagged


def part_at(value: EncodedValue, path: KeyPath) -> EncodedValue:
    """By keys and indices only; `MISSING` where there is none."""
    part: Any = value
    for step in path:
        if type(part) is list:
            part = _item(part, step)
        elif type(part) is not dict:
            return MISSING
        elif not is_tagged(part):
            part = part.get(str(step), MISSING)
        elif part["$"] == "object":
            part = next((item for key, item in part["entries"] if key == step), MISSING)
        elif part["$"] in ("array", "set"):
            part = _item(part["items"], step)
        elif part["$"] == "map":
            pair = _item(part["entries"], step)
            part = MISSING if pair is MISSING else pair[1]
        else:
            return MISSING
    return part


def _item(items: list[Any], step: Any) -> Any:
    return items[step] if type(step) is int and 0 <= step < len(items) else MISSING
