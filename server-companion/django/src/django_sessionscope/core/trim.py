"""Makes a recorded value fit where it goes: an event shows less than the log holds, the rest is fetched on demand."""

from __future__ import annotations

from collections.abc import Callable
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


class Meter:
    """What has been trimmed so far, in approximate bytes as JSON."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


def trim(
    value: EncodedValue, digest: Digest, bounds: Bounds = EVENT_BOUNDS, meter: Meter | None = None
) -> EncodedValue:
    """`value` within `bounds`, cut as `encode` would have cut it: marked, with the size of the whole.

    What fits is given back as it is. `digest` is asked for texts that are cut only now. Adds to `meter` what is given
    back.
    """
    # The hot case: most session values are short scalars.
    kind = type(value)
    if kind is not dict and kind is not list and kind is not str:
        return value
    run = _Run(bounds, digest)
    trimmed = _node(value, 0, run)
    if meter is not None:
        meter.bytes += run.bytes
    return trimmed


def _node(value: EncodedValue, depth: int, run: _Run) -> EncodedValue:
    run.nodes += 1
    kind = type(value)
    if kind is str:
        return _text(value, run)
    run.bytes += 8
    if kind is list:
        return _cut("array", len(value), depth, run) or _items(value, depth, run, {"$": "array"}, value)
    if kind is not dict:
        return value
    if is_tagged(value):
        return _tagged(value, depth, run)
    cut = _cut("object", len(value), depth, run)
    if cut is not None:
        return cut
    entries = [[key, part] for key, part in value.items()]
    after = _parts(entries, run, lambda entry: _entry(entry, depth, run))
    if after is entries:
        return value
    if len(after) < len(entries):
        return {"$": "object", "entries": after, "size": len(value)}
    return dict(after)


def _tagged(value: dict[str, Any], depth: int, run: _Run) -> EncodedValue:
    run.bytes += 24
    tag = value["$"]
    if tag == "text":
        run.bytes += len(value["head"]) + len(value["tail"])
        return value
    if tag not in ("object", "map", "array", "set"):
        return value
    cut = _cut(tag, value["size"], depth, run)
    if cut is not None:
        return cut
    if tag in ("array", "set"):
        return _items(value["items"], depth, run, value, value)
    part = _entry if tag == "object" else _pair
    entries = _parts(value["entries"], run, lambda entry: part(entry, depth, run))
    return value if entries is value["entries"] else {**value, "entries": entries}


def _cut(kind: str, size: int, depth: int, run: _Run) -> dict[str, Any] | None:
    """The mark that stands for a container which does not fit any more; None: it does."""
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
    return None if why is None else {"$": "cut", "kind": kind, "why": why, "size": size}


def _text(text: str, run: _Run) -> EncodedValue:
    bounds = run.bounds
    length = len(text) if len(text) * 2 <= bounds.text_length else utf16_length(text)
    if length <= bounds.text_length:
        run.bytes += length + 2
        return text
    run.bytes += bounds.text_head + bounds.text_tail + 64
    return cut_text(text, length, bounds, run.digest)


def _entry(entry: list[Any], depth: int, run: _Run) -> list[Any]:
    run.bytes += len(entry[0]) + 4
    after = _node(entry[1], depth + 1, run)
    return entry if after is entry[1] else [entry[0], after]


def _pair(entry: list[Any], depth: int, run: _Run) -> list[Any]:
    key = _node(entry[0], depth + 1, run)
    part = _node(entry[1], depth + 1, run)
    return entry if key is entry[0] and part is entry[1] else [key, part]


def _items(items: list[Any], depth: int, run: _Run, tagged: dict[str, Any], whole: EncodedValue) -> EncodedValue:
    after = _parts(items, run, lambda item: _node(item, depth + 1, run))
    if after is items:
        return whole
    if len(after) == len(items) and whole is items:
        return after
    return {**tagged, "items": after, "size": tagged.get("size", len(items))}


def _parts(parts: list[Any], run: _Run, trim_part: Callable[[Any], Any]) -> list[Any]:
    """The first parts, as many as fit, each trimmed; the same list where nothing changes."""
    bounds = run.bounds
    after: list[Any] = []
    is_same = True
    for part in parts:
        if len(after) >= bounds.entries or run.nodes >= bounds.nodes or run.bytes >= bounds.bytes:
            return after
        trimmed = trim_part(part)
        is_same = is_same and trimmed is part
        after.append(trimmed)
    return parts if is_same else after
