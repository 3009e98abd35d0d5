"""Holds secrets back as a value leaves the process: by key name, by the shape of a text, at every depth."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from . import protocol
from .encode import Digest
from .protocol import EncodedValue, KeyPath, is_tagged

#: A secret key anywhere in a text that reads like JSON, whole or cut: `"password":`.
_JSON_KEY = re.compile(r'"((?:[^"\\]|\\.){1,128})"\s*:')
# The same in JSON that is itself a text in JSON, however often.
_ESCAPED_JSON_KEY = re.compile(r'\\"([^"\\]{1,128})\\+"\s*:')
_LOOKS_LIKE_JSON = re.compile(r'"\s*:')
_JSON_HEAD = re.compile(r'^\s*[\[{]|"\s*:')
_JSON_TAIL = re.compile(r'"\s*:|["}\]]\s*\Z')
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)


def to_json(value: Any) -> str:
    """A value as the wire writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Redaction:
    """The protocol's rules, and key names of the app's own, compared as the rules compare them."""

    def __init__(self, digest: Digest, names: Iterable[str] = ()) -> None:
        self.digest = digest
        self._own = frozenset(map(protocol.normalize_key_name, names))

    def is_secret_name(self, name: str) -> bool:
        return protocol.is_secret_name(name) or (bool(self._own) and protocol.normalize_key_name(name) in self._own)

    def redact(self, value: EncodedValue, path: KeyPath) -> EncodedValue:
        """`value` with every secret replaced by a digest; what holds none is given back as it is.

        `path` says under which keys the value stands: a value below a secret key is a secret.
        """
        if any(type(step) is str and self.is_secret_name(step) for step in path):
            return self._held(value, "name")
        return self._node(value)

    def _held(self, value: EncodedValue, by: str) -> EncodedValue:
        # An absent or empty value gives nothing away, and says more than a digest.
        if value is None or value == "" or (is_tagged(value) and value["$"] in ("undefined", "redacted")):
            return value
        return {"$": "redacted", "digest": self.digest(to_json(value)), "by": by}

    def _node(self, value: EncodedValue) -> EncodedValue:
        kind = type(value)
        if kind is str:
            return self._held(value, "shape") if self._is_secret(value) else value
        if kind is list:
            return _map_same(value, self._node)
        if kind is not dict:
            return value
        if is_tagged(value):
            return self._tagged(value)
        copy: dict[str, EncodedValue] | None = None
        for key, before in value.items():
            after = self._held(before, "name") if self.is_secret_name(key) else self._node(before)
            if after is not before:
                if copy is None:
                    copy = dict(value)
                copy[key] = after
        return value if copy is None else copy

    def _tagged(self, value: dict[str, Any]) -> EncodedValue:
        tag = value["$"]
        if tag == "object":
            return _with(value, "entries", _map_same(value["entries"], self._named_entry))
        if tag == "map":
            return _with(value, "entries", _map_same(value["entries"], self._entry))
        if tag in ("array", "set"):
            return _with(value, "items", _map_same(value["items"], self._node))
        if tag == "text":
            if self._is_secret(value["head"]) or self._is_secret(value["tail"]):
                return {"$": "redacted", "digest": value["digest"], "by": "shape"}
            tail = _safe_tail(value["head"], value["tail"])
            return value if tail == value["tail"] else {**value, "tail": tail}
        if tag == "error" and self._is_secret(value["message"]):
            return {**value, "message": "held back: it looks like a secret"}
        if tag == "opaque" and self._is_secret(value.get("text", "")):
            return self._held(value, "shape")
        if tag == "bytes" and self._is_secret(base64.b64decode(value["head"]).decode("latin-1")):
            return self._held(value, "shape")
        return value

    def _named_entry(self, entry: list[Any]) -> list[Any]:
        name, before = entry
        after = self._held(before, "name") if self.is_secret_name(name) else self._node(before)
        return entry if after is before else [name, after]

    def _entry(self, entry: list[Any]) -> list[Any]:
        key_before, before = entry
        key = self._node(key_before)
        is_secret = type(key_before) is str and self.is_secret_name(key_before)
        after = self._held(before, "name") if is_secret else self._node(before)
        return entry if key is key_before and after is before else [key, after]

    def _is_secret(self, text: str) -> bool:
        # Shorter than any secret we know: most values end here.
        if len(text) < 8:
            return False
        if protocol.is_secret_text(text):
            return True
        if _LOOKS_LIKE_JSON.search(text) is None:
            return False
        patterns = (_JSON_KEY, _ESCAPED_JSON_KEY) if '\\"' in text else (_JSON_KEY,)
        return any(self.is_secret_name(match) for pattern in patterns for match in pattern.findall(text))


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
