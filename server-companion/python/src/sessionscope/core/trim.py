"""Makes a recorded value fit where it goes: an event shows less than the log keeps, the rest is fetched on demand.

What is cut keeps a digest of the whole, so that a change in what is not shown is known. It is made of the value as it
was recorded, before redaction: the same content has the same digest whatever else was redacted or cut beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from .encode import EVENT_BOUNDS, Bounds, Digest, cut_text, utf16_length
from .protocol import EncodedValue, is_tagged


class _Run:
    """One trimming under way."""

    __slots__ = ("bounds", "bytes", "digest", "nodes")

    def __init__(self, bounds: Bounds, digest: Digest) -> None:
        self.bounds = bounds
        self.digest = digest
        self.nodes = 0
        self.bytes = 0


def trim(
    value: EncodedValue,
    digest: Digest,
    bounds: Bounds = EVENT_BOUNDS,
    recorded: EncodedValue = None,
) -> EncodedValue:
    """`value` within `bounds`, cut as `encode` would have cut it: marked, with the size of the whole.

    What fits is given back as it is. `digest` is asked for what is cut only now; `recorded` is the value before it was
    redacted, where it was.
    """
    # The hot cases: most session values are short scalars, and most of the others fit.
    kind = type(value)
    if kind is not dict and kind is not list and kind is not str:
        return value
    if fits(value, 0, bounds):
        return value
    return _node(value, value if recorded is None else recorded, 0, _Run(bounds, digest))


def fits(value: EncodedValue, depth: int, bounds: Bounds = EVENT_BOUNDS) -> bool:
    """Whether a value at a depth is within all bounds, for sure. False only means: look closer."""
    return _fits(value, depth, [0, 0], bounds)


def _fits(value: EncodedValue, depth: int, spent: list[int], bounds: Bounds) -> bool:
    """Whether a value is plain JSON and within all bounds, for sure: the quick way. `spent`: nodes, bytes."""
    kind = type(value)
    if kind is str:
        spent[1] += len(value) + 2
        return len(value) * 2 <= bounds.text_length
    if kind is not dict and kind is not list:
        return True
    if depth >= bounds.depth or len(value) > bounds.entries:
        return False
    spent[0] += 1 + len(value)
    spent[1] += 8 + 8 * len(value)
    parts = value
    if kind is dict:
        if "$" in value:
            return False
        spent[1] += sum(map(len, value)) + 4 * len(value)
        parts = value.values()
    for part in parts:
        if type(part) in _CHECKED and not _fits(part, depth + 1, spent, bounds):
            return False
    return spent[0] < bounds.nodes and spent[1] < bounds.bytes


_CHECKED = frozenset((str, dict, list))


def _node(value: EncodedValue, raw: EncodedValue, depth: int, run: _Run) -> EncodedValue:
    run.nodes += 1
    kind = type(value)
    if kind is str:
        return _text(value, run)
    run.bytes += 8
    if kind is list:
        cut = _cut("array", len(value), raw, depth, run)
        return cut or _items(value, raw, depth, run, {"$": "array"}, value)
    if kind is not dict:
        return value
    if is_tagged(value):
        return _tagged(value, raw, depth, run)
    cut = _cut("object", len(value), raw, depth, run)
    if cut is not None:
        return cut
    entries = [[key, part] for key, part in value.items()]
    after = _parts(entries, raw.items(), run, lambda entry, other: _entry(entry, other, depth, run))
    if after is entries:
        return value
    if len(after) < len(entries):
        return {"$": "object", "entries": after, "size": len(value), **_digest_of(raw, run)}
    return dict(after)


def _tagged(value: dict[str, Any], raw: EncodedValue, depth: int, run: _Run) -> EncodedValue:
    run.bytes += 24
    tag = value["$"]
    if tag == "text":
        run.bytes += len(value["head"]) + len(value["tail"])
        return value
    if tag not in ("object", "map", "array", "set"):
        return value
    cut = _cut(tag, value["size"], raw, depth, run)
    if cut is not None:
        return cut
    if tag in ("array", "set"):
        return _items(value["items"], raw, depth, run, value, value)
    part = _entry if tag == "object" else _pair
    before = value["entries"]
    others = raw["entries"] if is_tagged(raw) else raw.items()
    entries = _parts(before, others, run, lambda entry, other: part(entry, other, depth, run))
    if entries is before:
        return value
    whole = {**value, "entries": entries}
    return whole if len(entries) == len(before) else {**_digest_of(raw, run), **whole}


def _cut(kind: str, size: int, raw: EncodedValue, depth: int, run: _Run) -> dict[str, Any] | None:
    """The mark for a container which does not fit any more; None: it does."""
    bounds = run.bounds
    why = (
        "depth"
        if depth >= bounds.depth
        else "nodes"
        if run.nodes >= bounds.nodes
        else "bytes"
        if run.bytes >= bounds.bytes
        else None
    )
    return None if why is None else {"$": "cut", "kind": kind, "why": why, "size": size, **_digest_of(raw, run)}


def _digest_of(raw: EncodedValue, run: _Run) -> dict[str, str]:
    """The digest of the whole of what is cut here; none where the log does not have the whole either."""
    if is_tagged(raw) and "digest" in raw:
        return {"digest": raw["digest"]}
    if not is_whole(raw):
        return {}
    return {"digest": run.digest(json.dumps(raw, separators=(",", ":"), ensure_ascii=False))}


def is_whole(value: EncodedValue) -> bool:
    """Whether nothing of a value was cut where it was recorded, but for texts, which have a digest of the whole."""
    todo = [value]
    while todo:
        part = todo.pop()
        if type(part) is list:
            todo.extend(part)
        elif type(part) is not dict:
            continue
        elif not is_tagged(part):
            todo.extend(part.values())
        elif part["$"] == "cut":
            return False
        elif "entries" in part:
            if len(part["entries"]) < part["size"]:
                return False
            todo.extend(item for entry in part["entries"] for item in entry)
        elif "items" in part:
            if len(part["items"]) < part["size"]:
                return False
            todo.extend(part["items"])
    return True


def _text(text: str, run: _Run) -> EncodedValue:
    bounds = run.bounds
    length = len(text) if len(text) * 2 <= bounds.text_length else utf16_length(text)
    if length <= bounds.text_length:
        run.bytes += length + 2
        return text
    run.bytes += bounds.text_head + bounds.text_tail + 64
    return cut_text(text, length, bounds, run.digest)


def _entry(entry: list[Any], other: Any, depth: int, run: _Run) -> list[Any]:
    run.bytes += len(entry[0]) + 4
    after = _node(entry[1], other[1], depth + 1, run)
    return entry if after is entry[1] else [entry[0], after]


def _pair(entry: list[Any], other: Any, depth: int, run: _Run) -> list[Any]:
    key = _node(entry[0], other[0], depth + 1, run)
    part = _node(entry[1], other[1], depth + 1, run)
    return entry if key is entry[0] and part is entry[1] else [key, part]


def _items(
    items: list[Any], raw: EncodedValue, depth: int, run: _Run, tagged: dict[str, Any], whole: EncodedValue
) -> EncodedValue:
    others = raw["items"] if is_tagged(raw) else raw
    after = _parts(items, others, run, lambda item, other: _node(item, other, depth + 1, run))
    if after is items:
        return whole
    if len(after) == len(items) and whole is items:
        return after
    digest = {} if len(after) == len(items) else _digest_of(raw, run)
    return {**digest, **tagged, "items": after, "size": tagged.get("size", len(items))}


def _parts(parts: list[Any], others: Iterable[Any], run: _Run, trim_part: Callable[[Any, Any], Any]) -> list[Any]:
    """The first parts, as many as fit, each trimmed; the same list where nothing changes.

    `others`: the same parts before redaction, which keeps their number and order.
    """
    bounds = run.bounds
    after: list[Any] = []
    is_same = True
    for part, other in zip(parts, others, strict=False):
        if len(after) >= bounds.entries or run.nodes >= bounds.nodes or run.bytes >= bounds.bytes:
            return after
        trimmed = trim_part(part, other)
        is_same = is_same and trimmed is part
        after.append(trimmed)
    return parts if is_same else after
