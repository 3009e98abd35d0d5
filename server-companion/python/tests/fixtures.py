"""Python's side of the golden fixtures' notation, as `protocol/fixtures/README.md` describes it."""

from __future__ import annotations

import builtins
import copy
import datetime
import decimal
import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "protocol" / "fixtures"


def read_fixtures(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def fixture_digest(text: str) -> str:
    """The digest of the fixtures: 12 hex digits of SHA-256, without a key."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Ancestor:
    """Stands for the ancestor at a path: put in its place once the whole is built."""

    def __init__(self, path: list[Any]) -> None:
        self.path = path


def _boom(*_args: Any, **_kwargs: Any) -> Any:
    raise AssertionError("code of the program was run")


#: Every hook through which looking at an object could run its class's code.
_HOOKS = "getattr repr str iter len bool hash eq contains getitem format reduce_ex dir call int float index bytes"


def _instance(name: str, fields: dict[str, Any], base: type = object, **members: Any) -> Any:
    made = type(name, (base,), members)
    value = made.__new__(made)
    object.__getattribute__(value, "__dict__").update(fields)
    return value


def _trapped(name: str, fields: dict[str, Any]) -> Any:
    hooks = {f"__{hook}__": _boom for hook in _HOOKS.split()}
    return _instance(name, fields, trap=property(_boom), __class__=property(_boom), **hooks)


def _nest(kind: str, levels: int, bottom: Any) -> Any:
    value = bottom
    for _ in range(levels):
        value = [value] if kind == "list" else {"in": value}
    return value


def _function(name: str) -> Any:
    def function() -> None: ...

    function.__name__ = name
    return function


def _utc(iso: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(iso.replace("Z", "+00:00"))


Build = Callable[[Any], Any]

_CONSTRUCTIONS: dict[str, Callable[[Any, Build], Any]] = {
    "repeat": lambda a, _: a[0] * a[1],
    "join": lambda a, build: _joined(build(a)),
    "list": lambda a, build: [build(a[0]) for _ in range(a[1])],
    "range": lambda a, _: list(range(a)),
    "keys": lambda a, _: {f"{a[0]}{index}": index for index in range(a[1])},
    "object": lambda a, build: {build(key): build(value) for key, value in a},
    "nest": lambda a, build: _nest(a[0], a[1], build(a[2])),
    "digest": lambda a, build: fixture_digest(build(a)),
    "cycle": lambda a, _: Ancestor(a),
    "twice": lambda a, build: [build(a)] * 2,
    "number": lambda a, _: float(a),
    "integer": lambda a, _: int(a),
    "power": lambda a, _: a[0] ** a[1],
    "map": lambda a, build: dict(build(a)),
    "set": lambda a, build: set(build(a)),
    "instance": lambda a, build: _instance(a[0], build(a[1])),
    "trapped": lambda a, build: _trapped(a[0], build(a[1])),
    "sublist": lambda a, build: type(a[0], (list,), {"__iter__": _boom, "__len__": _boom})(build(a[1])),
    "error": lambda a, build: getattr(builtins, a[0])(build(a[1])),
    "function": lambda a, _: _function(a),
    "class": lambda a, _: type(a, (), {}),
    "date": lambda a, _: _utc(a),
    "bytes": lambda a, _: bytes.fromhex(a),
    "tuple": lambda a, build: tuple(build(a)),
    "frozenset": lambda a, build: frozenset(build(a)),
    "subdict": lambda a, build: type(a[0], (dict,), {"items": _boom, "__iter__": _boom, "__len__": _boom})(build(a[1])),
    "decimal": lambda a, _: decimal.Decimal(a),
    "uuid": lambda a, _: uuid.UUID(a),
    "timedelta": lambda a, _: datetime.timedelta(seconds=a),
    "complex": lambda a, _: complex(*a),
    "naive-datetime": lambda a, _: datetime.datetime.fromisoformat(a),
    "calendar-date": lambda a, _: datetime.date.fromisoformat(a),
    "time": lambda a, _: datetime.time.fromisoformat(a),
    "bytearray": lambda a, _: bytearray.fromhex(a),
    "opaque": lambda _a, _: object(),
}


def _joined(parts: list[str]) -> str:
    return "".join(parts)


def build(notation: Any) -> Any:
    """What a notation stands for, cycles not yet closed."""
    if type(notation) is list:
        return [build(item) for item in notation]
    if type(notation) is not dict:
        return notation
    if len(notation) == 1:
        (key, argument) = next(iter(notation.items()))
        if key.startswith("!"):
            return _CONSTRUCTIONS[key[1:]](argument, build)
    return {key: build(value) for key, value in notation.items()}


def value_of(notation: Any) -> Any:
    """The program's value that a case of `values.json` describes."""
    root = build(notation)
    if '"!cycle"' in json.dumps(notation):
        _close_cycles(root, root)
    return root


def _close_cycles(root: Any, value: Any) -> None:
    parts = enumerate(value) if type(value) is list else list(value.items()) if type(value) is dict else ()
    for step, part in list(parts):
        if type(part) is Ancestor:
            target = root
            for way in part.path:
                target = target[way]
            value[step] = target
        else:
            _close_cycles(root, part)


def changed(case: dict[str, Any], accepted: list[dict[str, Any]]) -> Any:
    """The message of a refused case: whole, or an accepted one but for one place."""
    if "like" not in case:
        return case["message"]
    base = next(one for one in accepted if one["schema"] == case["schema"] and one["name"] == case["like"])
    message = copy.deepcopy(base["message"])
    path = case["without"] if "without" in case else case["with"]["path"]
    holder = message
    for step in path[:-1]:
        holder = holder[step]
    if "without" in case:
        del holder[path[-1]]
    else:
        holder[path[-1]] = case["with"]["value"]
    return message
