"""Redacts a value as it leaves the process: by the names of keys, by the form of a text, at every depth."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from .changes import MISSING
from .parts import names_in_key, part_at, step_into
from .protocol import EncodedValue, KeyPath, is_tagged
from .redaction import Redaction, is_shown_name
from .redaction_rules import is_secret_under

#: Characters of a text that may name a key beside it.
_MAX_PAIR_NAME = 128

_JSON_HEAD = re.compile(r'^\s*[\[{]|"\s*:')
_JSON_TAIL = re.compile(r'"\s*:|["}\]]\s*\Z')
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)


def to_json(value: Any) -> str:
    """A value as the wire writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def redact(value: EncodedValue, path: KeyPath, rules: Redaction) -> EncodedValue:
    """`value` with every secret replaced by a digest; what has none is given back as it is, not copied.

    `path` says under which keys the value is: a value below a secret key is a secret.
    """
    return _redacted(value, "name", rules) if _is_below_secret(path, value, rules) else _node(value, rules)


def redact_part(whole: EncodedValue, way: KeyPath, path: KeyPath, rules: Redaction) -> EncodedValue:
    """The part of `whole` at `way`, redacted as it would be in the whole, which is under the keys of `path`.

    `MISSING` where there is no such part. A key that is a secret is named as it is shown.
    """
    part = whole
    is_secret = _is_below_secret(path, whole, rules)
    for step in keys_of(whole, way, rules):
        entry = step_into(part, step)
        if entry is MISSING:
            return MISSING
        is_secret = (
            is_secret
            or _is_secret_entry(entry[0], entry[1], _is_pair(part, rules), rules)
            or (step == 1 and _is_list_pair(part, rules))
        )
        part = entry[1]
    return _redacted(part, "name", rules) if is_secret else _node(part, rules)


def keys_of(whole: EncodedValue, way: KeyPath, rules: Redaction) -> KeyPath:
    """`way`, as its keys are shown, with the keys themselves."""
    part = whole
    keys: KeyPath = []
    for step in way:
        key = step
        if part is not MISSING and type(step) is str and is_shown_name(step):
            key = next(
                (key for key, _ in _entries_of(part) if type(key) is str and rules.name_of(key).shown == step), step
            )
        part = MISSING if part is MISSING else part_at(part, [key])
        keys.append(key)
    return keys


def shown_path(path: KeyPath, rules: Redaction) -> KeyPath:
    """A path as it may leave: a step that is a secret itself is shown as its key is."""
    return [rules.name_of(step).shown if type(step) is str else step for step in path]


def _is_below_secret(path: KeyPath, value: EncodedValue, rules: Redaction) -> bool:
    if any(type(step) is str and rules.name_of(step).is_secret for step in path):
        return True
    return bool(path) and type(path[-1]) is str and type(value) is str and is_secret_under(path[-1], value)


#: Tags of what holds no content.
_BARE = frozenset(("undefined", "function", "number", "redacted"))


def _redacted(value: EncodedValue, by: str, rules: Redaction) -> EncodedValue:
    # An absent or empty value gives nothing away, and says more than a digest: a store may hold nothing of it.
    if value is None or value == "" or (is_tagged(value) and value["$"] in _BARE):
        return value
    return {"$": "redacted", "digest": rules.digest(to_json(value)), "by": by}


def _entries_of(value: EncodedValue) -> Any:
    """The entries of what has keys; else none."""
    if type(value) is not dict:
        return ()
    if not is_tagged(value):
        return value.items()
    return value["entries"] if value["$"] in ("object", "map") else ()


def _is_pair(container: EncodedValue, rules: Redaction) -> bool:
    """Whether a container says under one key that the value under another is a secret: `{name: "password", value}`."""
    return any(_is_pair_name(key, value, rules) for key, value in _entries_of(container))


def _is_pair_name(key: EncodedValue, value: EncodedValue, rules: Redaction) -> bool:
    return (
        type(value) is str
        and type(key) is str
        and len(value) <= _MAX_PAIR_NAME
        and rules.name_of(key).pair == "name"
        and rules.name_of(value).is_secret
    )


def _is_list_pair(container: EncodedValue, rules: Redaction) -> bool:
    """`["password", "hunter2"]`: an entry of an object or of headers, as a list."""
    items = container["items"] if is_tagged(container) and container["$"] == "array" else container
    return type(items) is list and len(items) == 2 and _is_pair_name("name", items[0], rules)


def _is_secret_entry(key: EncodedValue, value: EncodedValue, is_paired: bool, rules: Redaction) -> bool:
    if type(key) is not str:
        return any(rules.name_of(name).is_secret for name in names_in_key(key))
    name = rules.name_of(key)
    return (
        name.is_secret
        or (is_paired and name.pair == "value")
        or (name.is_random and type(value) is str and is_secret_under(key, value))
    )


def _node(value: EncodedValue, rules: Redaction) -> EncodedValue:
    kind = type(value)
    if kind is str:
        return _redacted(value, "shape", rules) if rules.is_secret_text(value) else value
    if kind is list:
        return _items(value, _is_list_pair(value, rules), rules)
    if kind is not dict:
        return value
    return _tagged(value, rules) if is_tagged(value) else _plain(value, rules)


def _items(items: list[Any], is_paired: bool, rules: Redaction) -> list[Any]:
    after = _map_same(items, lambda item: _node(item, rules))
    if not is_paired:
        return after
    second = _redacted(items[1], "name", rules)
    return after if second is after[1] else [after[0], second]


def _value(key: EncodedValue, value: EncodedValue, is_paired: bool, rules: Redaction) -> EncodedValue:
    if _is_secret_entry(key, value, is_paired, rules):
        return _redacted(value, "name", rules)
    return _node(value, rules)


def _plain(value: dict[str, Any], rules: Redaction) -> EncodedValue:
    is_paired = is_renamed = False
    for key, part in value.items():
        is_paired = is_paired or _is_pair_name(key, part, rules)
        is_renamed = is_renamed or rules.name_of(key).shown != key
    copy: dict[str, EncodedValue] | None = {} if is_renamed else None
    for key, before in value.items():
        after = _value(key, before, is_paired, rules)
        if is_renamed and copy is not None:
            # In the order of the keys, which says something.
            copy[rules.name_of(key).shown] = after
        elif after is not before:
            if copy is None:
                copy = dict(value)
            copy[key] = after
    return value if copy is None else copy


def _tagged(value: dict[str, Any], rules: Redaction) -> EncodedValue:
    tag = value["$"]
    if tag in ("object", "map"):
        is_paired = _is_pair(value, rules)
        entry = _named_entry if tag == "object" else _map_entry
        return _with(value, "entries", _map_same(value["entries"], lambda one: entry(one, is_paired, rules)))
    if tag in ("array", "set"):
        return _with(value, "items", _items(value["items"], _is_list_pair(value, rules), rules))
    if tag == "text":
        if rules.is_secret_text(value["head"]) or rules.is_secret_text(value["tail"]):
            return {"$": "redacted", "digest": value["digest"], "by": "shape"}
        tail = _safe_tail(value["head"], value["tail"])
        return value if tail == value["tail"] else {**value, "tail": tail}
    if tag == "error":
        message = rules.clean(value["message"])
        return value if message == value["message"] else {**value, "message": message}
    if tag in ("opaque", "symbol") and rules.is_secret_text(value.get("text", value.get("description", ""))):
        return _redacted(value, "shape", rules)
    if tag == "bytes" and rules.is_secret_text(base64.b64decode(value["head"]).decode("latin-1")):
        return _redacted(value, "shape", rules)
    if tag == "cycle":
        path = shown_path(value["path"], rules)
        return value if path == value["path"] else {**value, "path": path}
    return value


def _named_entry(entry: list[Any], is_paired: bool, rules: Redaction) -> list[Any]:
    name, before = entry
    shown = rules.name_of(name).shown
    after = _value(name, before, is_paired, rules)
    return entry if after is before and shown == name else [shown, after]


def _map_entry(entry: list[Any], is_paired: bool, rules: Redaction) -> list[Any]:
    key_before, before = entry
    key = _node(key_before, rules)
    after = _value(key_before, before, is_paired, rules)
    return entry if key is key_before and after is before else [key, after]


def _safe_tail(head: str, tail: str) -> str:
    """The tail of a long text, without the rest of a string that began in what was cut out.

    Where the text reads like JSON, the name that says whether that string is a secret was cut out with it.
    """
    if _JSON_HEAD.search(head) is None and _JSON_TAIL.search(tail) is None:
        return tail
    rest = _REST_OF_STRING.match(tail)
    return tail if rest is None else tail[rest.end() :]


def _with(value: dict[str, Any], name: str, part: Any) -> dict[str, Any]:
    return value if part is value[name] else {**value, name: part}


def _map_same(items: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    """As `map`, giving the same list back where nothing changed."""
    copy: list[Any] | None = None
    for index, item in enumerate(items):
        after = change(item)
        if after is not item:
            if copy is None:
                copy = list(items)
            copy[index] = after
    return items if copy is None else copy
