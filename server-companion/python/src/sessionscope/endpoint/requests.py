"""The bodies of calls, checked: what does not fit is refused with the first place that does not, never its content."""

from __future__ import annotations

import json
import re
from typing import Any

from ..core import protocol
from .gate import CallRefused

_CODE_LENGTH = 32
_COOKIE_LENGTH = 8192
_MAX_VERSIONS = 8
_CHALLENGE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KEY_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


class _Unfit(Exception):
    pass


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_body(text: bytes) -> dict[str, Any]:
    """The body as JSON in the version that we speak; raises CallRefused."""
    try:
        # `NaN` and `Infinity` are Python's own.
        body = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise CallRefused(400, "bad-request", "The body is not JSON.") from None
    version = body.get("v") if isinstance(body, dict) else None
    is_number = isinstance(version, (int, float)) and not isinstance(version, bool)
    if is_number and version != protocol.PROTOCOL_VERSION:
        raise CallRefused(
            400,
            "unsupported-version",
            f"This companion speaks version {protocol.PROTOCOL_VERSION} of the protocol, "
            f"the panel asked in version {version}.",
            "Update the one that is older.",
            (protocol.PROTOCOL_VERSION,),
        )
    if not isinstance(body, dict):
        raise CallRefused(400, "bad-request", "The body does not fit: message: expected Object")
    return body


def parse_request(call: str, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a call; unknown ones are dropped. Raises CallRefused."""
    try:
        return _PARSERS[call](body)
    except _Unfit as fault:
        raise CallRefused(400, "bad-request", f"The body does not fit: {fault}") from None


def _version(body: dict[str, Any]) -> None:
    if body.get("v") != protocol.PROTOCOL_VERSION or isinstance(body.get("v"), bool):
        raise _Unfit("v: expected 1")


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, float):
        return value.is_integer() and abs(value) <= protocol.MAX_SAFE_INTEGER
    return isinstance(value, int) and abs(value) <= protocol.MAX_SAFE_INTEGER


def _text(value: Any, where: str, length: int) -> str:
    if not isinstance(value, str) or len(value) > length:
        raise _Unfit(f"{where}: expected a text")
    return value


def _matching(value: Any, where: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _Unfit(f"{where}: expected {pattern.pattern}")
    return value


def _list(value: Any, where: str, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > length:
        raise _Unfit(f"{where}: expected a list of at most {length}")
    return value


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Unfit(f"{where}: expected Object")
    return value


def _proofs(body: dict[str, Any]) -> dict[str, Any]:
    proofs = _object(body.get("proofs"), "proofs")
    cookies = []
    for index, item in enumerate(_list(proofs.get("cookies", []), "proofs.cookies", protocol.PROOFS)):
        where = f"proofs.cookies.{index}"
        cookie = _object(item, where)
        name = _text(cookie.get("name"), f"{where}.name", protocol.NAME_LENGTH)
        cookies.append((name, _text(cookie.get("value"), f"{where}.value", _COOKIE_LENGTH)))
    exchanges = [
        _matching(item, f"proofs.exchanges.{index}", protocol.EXCHANGE)
        for index, item in enumerate(_list(proofs.get("exchanges", []), "proofs.exchanges", protocol.PROOFS))
    ]
    return {"cookies": cookies, "exchanges": exchanges}


def _hello(body: dict[str, Any]) -> dict[str, Any]:
    versions = _list(body.get("versions"), "versions", _MAX_VERSIONS)
    if not versions or not all(map(_is_integer, versions)):
        raise _Unfit("versions: expected whole numbers")
    challenge, key = body.get("challenge"), body.get("key")
    if "challenge" in body:
        _matching(challenge, "challenge", _CHALLENGE)
    if "key" in body:
        _matching(key, "key", _KEY_ID)
    return {"versions": versions, "challenge": challenge, "key": key}


def _pair(body: dict[str, Any]) -> dict[str, Any]:
    _version(body)
    code = body.get("code")
    if "code" in body:
        code = _text(code, "code", _CODE_LENGTH)
    return {"code": code}


def _session(body: dict[str, Any]) -> dict[str, Any]:
    _version(body)
    session = body.get("session")
    if "session" in body:
        session = _matching(session, "session", protocol.FINGERPRINT)
    return {"proofs": _proofs(body), "session": session}


def _events(body: dict[str, Any]) -> dict[str, Any]:
    _version(body)
    if "after" not in body:
        raise _Unfit("after: expected Object or null")
    after = body["after"]
    if after is not None:
        position = _object(after, "after")
        _matching(position.get("epoch"), "after.epoch", protocol.EPOCH)
        if not _is_integer(position.get("seq")) or position["seq"] < 0:
            raise _Unfit("after.seq: expected a count")
        after = (position["epoch"], int(position["seq"]))
    wait = body.get("wait")
    if not isinstance(wait, bool):
        raise _Unfit("wait: expected boolean")
    return {"proofs": _proofs(body), "after": after, "wait": wait}


def _value(body: dict[str, Any]) -> dict[str, Any]:
    _version(body)
    epoch = _matching(body.get("epoch"), "epoch", protocol.EPOCH)
    seq = body.get("seq")
    if not _is_integer(seq) or seq < 1:  # type: ignore[operator]
        raise _Unfit("seq: expected a position")
    part = body.get("part")
    if part not in ("before", "after", "state", "stored"):
        raise _Unfit("part: expected before, after, state or stored")
    path = _list(body.get("path"), "path", protocol.KEY_PATH_STEPS)
    for step in path:
        is_name = isinstance(step, str) and len(step) <= protocol.NAME_LENGTH
        if not is_name and not (_is_integer(step) and step >= 0):
            raise _Unfit("path: not a key path")
    reveal = body.get("reveal", False)
    if not isinstance(reveal, bool):
        raise _Unfit("reveal: expected boolean")
    return {
        "proofs": _proofs(body),
        "epoch": epoch,
        "seq": int(seq),  # type: ignore[arg-type]
        "part": part,
        "path": path,
        "reveal": reveal,
    }


_PARSERS = {
    "hello": _hello,
    "pair": _pair,
    "session": _session,
    "events": _events,
    "value": _value,
}
