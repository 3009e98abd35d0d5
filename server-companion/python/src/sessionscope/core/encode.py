"""Any value of the program as an encoded value, in bounds, without running a line of the program.

No property, `__repr__`, `__iter__` or `__getattr__` is called: built-in types are read through their own methods,
everything else by its instance dict. What was cut is marked and keeps a keyed digest where it has text.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import types
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from . import protocol
from .plain_copy import DIGEST_BYTES, plain_copy
from .protocol import EncodedValue

Digest = Callable[[str], str]


@dataclass(frozen=True)
class Bounds:
    """What one encoding may take. Texts in UTF-16 code units, as the panel counts them."""

    nodes: int = protocol.NODES
    depth: int = protocol.DEPTH
    entries: int = protocol.ENTRIES
    text_length: int = protocol.TEXT_LENGTH
    text_head: int = protocol.TEXT_HEAD
    text_tail: int = protocol.TEXT_TAIL
    bytes: int = protocol.VALUE_BYTES


#: What an event shows of one value: the wire's own bounds.
EVENT_BOUNDS = Bounds()

#: What the log keeps of one value, and gives on demand.
LOG_BOUNDS = Bounds(
    nodes=protocol.FETCHED_NODES,
    depth=protocol.FETCHED_DEPTH,
    entries=protocol.FETCHED_ENTRIES,
    text_length=protocol.FETCHED_TEXT_LENGTH,
    bytes=protocol.LOG_VALUE_BYTES,
)

UNDEFINED: EncodedValue = {"$": "undefined"}

#: The wire takes 2,048 digits; a longer number is only named, for printing it would take long.
_MAX_BIGINT = 10**2_000


class Encoded(NamedTuple):
    value: EncodedValue
    #: Approximate bytes as JSON, for the log's account.
    bytes: int


class _Run:
    __slots__ = ("ancestors", "bounds", "bytes", "digest", "nodes", "path")

    def __init__(self, bounds: Bounds, digest: Digest) -> None:
        self.bounds = bounds
        self.digest = digest
        self.nodes = 0
        self.bytes = 0
        self.ancestors: list[int] = []
        self.path: list[Any] = []

    @property
    def is_spent(self) -> bool:
        return self.nodes >= self.bounds.nodes or self.bytes >= self.bounds.bytes


def encode(value: Any, digest: Digest, bounds: Bounds = LOG_BOUNDS) -> Encoded:
    """Encodes `value`. Never raises, never runs code of the program; time and result are bounded."""
    kind = type(value)
    # The hot cases: most session values are short scalars.
    if kind is str and len(value) * 2 <= bounds.text_length:
        return Encoded(value, len(value) + 2)
    if kind is bool or value is None:
        return Encoded(value, 5)
    if kind is int and -protocol.MAX_SAFE_INTEGER <= value <= protocol.MAX_SAFE_INTEGER:
        return Encoded(value, 8)
    if bounds is LOG_BOUNDS and (kind is dict or kind is list):
        try:
            spent = [0, 0]
            return Encoded(_plain(value, 0, spent), spent[1])
        except _NotPlain:
            pass
    run = _Run(bounds, digest)
    return Encoded(_node(value, run), run.bytes)


class _NotPlain(Exception):
    """There is something in it that JSON cannot say, or that is out of bounds."""


def _plain(value: Any, depth: int, spent: list[int]) -> EncodedValue:
    """What JSON says itself and is within all bounds, which is nearly everything: the quick way. Else raises."""
    if depth >= protocol.FETCHED_DEPTH or len(value) > protocol.FETCHED_ENTRIES:
        raise _NotPlain
    spent[0] += 1 + len(value)
    spent[1] += 2 + 4 * len(value)
    if type(value) is list:
        items = [_plain_part(item, depth, spent) for item in value]
    else:
        entries = {}
        for key, item in value.items():
            if type(key) is not str or len(key) > _SHORT or key == "$" or key == "__proto__":
                raise _NotPlain
            spent[1] += len(key)
            entries[key] = _plain_part(item, depth, spent)
    if spent[0] > protocol.FETCHED_NODES or spent[1] > protocol.LOG_VALUE_BYTES:
        raise _NotPlain
    return items if type(value) is list else entries


#: Characters of a key that is within the wire's bounds whatever is in it.
_SHORT = protocol.NAME_LENGTH // 2


def _plain_part(value: Any, depth: int, spent: list[int]) -> EncodedValue:
    kind = type(value)
    if kind is str:
        if len(value) * 2 > protocol.FETCHED_TEXT_LENGTH:
            raise _NotPlain
        spent[1] += len(value)
        return value
    if kind is int:
        if not -protocol.MAX_SAFE_INTEGER <= value <= protocol.MAX_SAFE_INTEGER:
            raise _NotPlain
        return value
    if kind is bool or value is None:
        return value
    if kind is dict or kind is list:
        return _plain(value, depth + 1, spent)
    if kind is float and value and math.isfinite(value):
        return value
    raise _NotPlain


def utf16_length(text: str) -> int:
    """Length of a text as the panel counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def well_formed(text: str) -> str:
    """A text with each lone surrogate replaced, so that UTF-8 can hold it."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _cut(text: str, start: int | None, end: int | None) -> str:
    """A slice by UTF-16 code units."""
    if text.isascii():
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    piece = units[None if start is None else start * 2 : None if end is None else end * 2]
    return piece.decode("utf-16-le", "surrogatepass")


def shorten(text: str, length: int) -> str:
    """The first `length` UTF-16 code units."""
    return text if len(text) * 2 <= length else _cut(text, None, length)


_type_name = type.__dict__["__name__"].__get__


def class_name(value: Any) -> str:
    """Name of a value's class, whatever its metaclass does."""
    return shorten(_type_name(type(value)), protocol.NAME_LENGTH)


def _tag(run: _Run, value: EncodedValue) -> EncodedValue:
    run.bytes += 32
    return value


def _node(value: Any, run: _Run) -> EncodedValue:
    run.nodes += 1
    kind = type(value)
    if kind is str:
        return _text(value, run)
    if value is None:
        run.bytes += 4
        return None
    if kind is bool:
        run.bytes += 5
        return value
    if kind is int:
        return _integer(value, run)
    if kind is float:
        return _float(value, run)
    return _object(value, run)


def _integer(value: int, run: _Run) -> EncodedValue:
    if -protocol.MAX_SAFE_INTEGER <= value <= protocol.MAX_SAFE_INTEGER:
        run.bytes += 8
        return value
    if not -_MAX_BIGINT <= value <= _MAX_BIGINT:
        return _tag(run, {"$": "cut", "kind": "other", "why": "bytes"})
    return _tag(run, {"$": "bigint", "digits": int.__str__(value)})


def _float(value: float, run: _Run) -> EncodedValue:
    run.bytes += 8
    if math.isnan(value):
        return {"$": "number", "value": "NaN"}
    if math.isinf(value):
        return {"$": "number", "value": "Infinity" if value > 0 else "-Infinity"}
    if value == 0 and math.copysign(1, value) < 0:
        return {"$": "number", "value": "-0"}
    return value


def _text(text: str, run: _Run) -> EncodedValue:
    bounds = run.bounds
    length = len(text) if len(text) * 2 <= bounds.text_length else utf16_length(text)
    if length <= bounds.text_length:
        run.bytes += length + 2
        return text
    run.bytes += bounds.text_head + bounds.text_tail + 64
    return cut_text(text, length, bounds, run.digest)


def cut_text(text: str, length: int, bounds: Bounds, digest: Digest) -> EncodedValue:
    """What stands for a text of `length` UTF-16 code units that is too long."""
    return {
        "$": "text",
        "head": _cut(text, None, bounds.text_head),
        "tail": _cut(text, -bounds.text_tail, None),
        "length": length,
        "digest": digest(text),
    }


def _object(value: Any, run: _Run) -> EncodedValue:
    if id(value) in run.ancestors:
        return _tag(run, {"$": "cycle", "path": run.path[: run.ancestors.index(id(value))]})
    leaf = _leaf(value, run)
    if leaf is not None:
        return leaf
    attributes: dict[str, Any] | None = None
    if isinstance_of(value, dict):
        shape, size = "object", dict.__len__(value)
        if any(type(key) is not str for key in dict.keys(value)):
            shape = "map"
    elif isinstance_of(value, list):
        shape, size = "array", list.__len__(value)
    elif isinstance_of(value, tuple):
        shape, size = "array", tuple.__len__(value)
    elif isinstance_of(value, set):
        shape, size = "set", set.__len__(value)
    elif isinstance_of(value, frozenset):
        shape, size = "set", frozenset.__len__(value)
    else:
        attributes = _instance_dict(value)
        if attributes is None:
            return _tag(run, {"$": "opaque", "class": class_name(value)})
        shape, size = "object", dict.__len__(attributes)
    bounds = run.bounds
    why = (
        "depth"
        if len(run.ancestors) >= bounds.depth
        else "nodes"
        if run.nodes >= bounds.nodes
        else "bytes"
        if run.bytes >= bounds.bytes
        else None
    )
    if why is not None:
        return _tag(run, {"$": "cut", "kind": shape, "why": why, "size": size})
    run.ancestors.append(id(value))
    try:
        if attributes is not None:
            return _entries(attributes, run, class_name(value))
        if shape == "map":
            return _map(value, run)
        if shape == "object":
            return _entries(value, run, None if type(value) is dict else class_name(value))
        return _items(value, shape, size, run)
    finally:
        run.ancestors.pop()


def isinstance_of(value: Any, kind: type) -> bool:
    """As `isinstance`, by the real type: `__class__` may be a property of the program's."""
    return type.__subclasscheck__(kind, type(value))


def _instance_dict(value: Any) -> dict[str, Any] | None:
    for kind in type.__dict__["__mro__"].__get__(type(value)):
        descriptor = type.__dict__["__dict__"].__get__(kind).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            attributes = descriptor.__get__(value)
            return attributes if type(attributes) is dict else None
        if descriptor is not None:
            return None
    return None


_KNOWN_ZONES = (datetime.timezone, zoneinfo.ZoneInfo)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def _leaf(value: Any, run: _Run) -> EncodedValue | None:
    """What holds no further values."""
    kind = type(value)
    if kind is datetime.datetime:
        if value.tzinfo is not None and type(value.tzinfo) not in _KNOWN_ZONES:
            return _tag(run, {"$": "opaque", "class": "datetime"})
        return _tag(run, {"$": "date", "iso": value.isoformat()})
    if kind is datetime.date or (kind is datetime.time and value.tzinfo is None):
        return _tag(run, {"$": "opaque", "class": kind.__name__, "text": value.isoformat()})
    if kind in (decimal.Decimal, uuid.UUID, datetime.timedelta, complex):
        text = shorten(str(value), protocol.TEXT_LENGTH)
        return _tag(run, {"$": "opaque", "class": kind.__name__, "text": text})
    if isinstance_of(value, str):
        return _text(str.__str__(value), run)
    if isinstance_of(value, int):
        return _integer(int.__int__(value), run)
    if isinstance_of(value, float):
        return _float(float.__float__(value), run)
    if isinstance_of(value, bytes) or isinstance_of(value, bytearray):
        base: Any = bytes if isinstance_of(value, bytes) else bytearray
        head = bytes(base.__getitem__(value, slice(0, protocol.BINARY_HEAD)))
        whole = bytes(base.__getitem__(value, slice(0, 1 << 20)))
        return _tag(
            run,
            {
                "$": "bytes",
                "class": class_name(value),
                "length": base.__len__(value),
                "head": base64.b64encode(head).decode(),
                "digest": run.digest(whole.decode("latin-1")),
            },
        )
    if isinstance_of(value, BaseException):
        args: tuple[Any, ...] = BaseException.__dict__["args"].__get__(value)
        message = args[0] if args and type(args[0]) is str else ""
        return _tag(
            run,
            {
                "$": "error",
                "name": class_name(value),
                "message": shorten(message, protocol.TEXT_LENGTH),
            },
        )
    if isinstance_of(value, type):
        name = shorten(_type_name(value), protocol.NAME_LENGTH)
        return _tag(run, {"$": "opaque", "class": class_name(value), "text": name})
    if kind in _FUNCTIONS:
        name = value.__name__
        return _tag(run, {"$": "function", "name": shorten(name, protocol.NAME_LENGTH)})
    return None


def _part(value: Any, step: Any, run: _Run) -> EncodedValue:
    run.path.append(step)
    encoded = _node(value, run)
    run.path.pop()
    return encoded


def _items(value: Any, shape: str, size: int, run: _Run) -> EncodedValue:
    items: list[EncodedValue] = []
    base: Any = next(kind for kind in (list, tuple, set, frozenset) if isinstance_of(value, kind))
    for index, item in enumerate(base.__iter__(value)):
        if index >= run.bounds.entries or run.is_spent:
            break
        items.append(_part(item, index, run))
    run.bytes += len(items) + 2
    if type(value) is list and len(items) == size:
        return items
    encoded: dict[str, EncodedValue] = {"$": shape}
    if shape == "array" and type(value) is not list:
        encoded["class"] = class_name(value)
    return _tag(run, {**encoded, "items": items, "size": size, **_digest_of(value, size, run)})


def _map(value: Any, run: _Run) -> EncodedValue:
    entries: list[list[EncodedValue]] = []
    for index, (key, item) in enumerate(dict.items(value)):
        if index >= run.bounds.entries or run.is_spent:
            break
        entries.append([_part(key, index, run), _part(item, index, run)])
    size = dict.__len__(value)
    return _tag(run, {"$": "map", "entries": entries, "size": size, **_digest_of(value, size, run)})


def _entries(value: Any, run: _Run, kind: str | None) -> EncodedValue:
    plain: dict[str, EncodedValue] = {}
    is_plain = kind is None
    entries: list[list[EncodedValue]] = []
    size = dict.__len__(value)
    for key, item in dict.items(value):
        if len(entries) >= run.bounds.entries or run.is_spent:
            is_plain = False
            break
        name = shorten(key if type(key) is str else "", protocol.NAME_LENGTH)
        if name in ("$", "__proto__") or name != key:
            is_plain = False
        run.bytes += len(name) + 4
        encoded = _part(item, name, run)
        entries.append([name, encoded])
        plain[name] = encoded
    if is_plain:
        return plain
    tagged: dict[str, EncodedValue] = {"$": "object"}
    if kind is not None:
        tagged["class"] = kind
    return _tag(run, {**tagged, "entries": entries, "size": size, **_digest_of(value, size, run)})


def _digest_of(value: Any, size: int, run: _Run) -> dict[str, str]:
    """The digest of a container of Python's own types with more entries than the log keeps of one.

    Only of those: a container that is cut because of what is beside it would have another digest than the same one
    where it is whole.
    """
    is_log = run.bounds.entries >= protocol.FETCHED_ENTRIES
    if not is_log or size <= protocol.FETCHED_ENTRIES or plain_copy(value, DIGEST_BYTES) is None:
        return {}
    try:
        # Of Python's own types, all the way down: no code of the program is run.
        return {"digest": run.digest(repr(value))}
    except (RecursionError, ValueError):
        # The last: a whole number of more digits than Python prints.
        return {}
