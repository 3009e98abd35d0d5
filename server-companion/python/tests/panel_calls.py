"""Speaks to the endpoint as a panel does, or as one must not: raw requests, at both listeners."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from sessionscope.django.companion import companion_of
from sessionscope.endpoint.gate import CHROMIUM_EXTENSION_ID

ORIGIN = f"chrome-extension://{CHROMIUM_EXTENSION_ID}"
PATH = "/__sessionscope__"


_counts: dict[str, int] = {}


def prove(
    token: str, call: str, origin: str | None, body: bytes, nonce: str | None = None, count: int = 0, at: str = ""
) -> str:
    """The header of a panel that has this token: written as docs/protocol.md says, and not by our own code.

    `at`: origin of another process's server; otherwise this one's companion is asked.
    """
    key = hashlib.sha256(token.encode()).digest()
    if at:
        nonce = ask("hello", {"versions": [1], "challenge": "0" * 32}, at=at).json["nonce"]
    nonce = nonce or companion_of().endpoint.proofs.new_nonce()
    count = count or _counts.get(nonce, 0) + 1
    _counts[nonce] = count
    lines = ["panel", nonce, str(count), call, origin or "", hashlib.sha256(body).hexdigest()]
    mac = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return f"{hashlib.sha256(key).hexdigest()[:16]} {nonce} {count} {mac}"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def direct_origin() -> str:
    return str(companion_of().endpoint._listener.open()["directListener"]["origin"])


def ask(
    call: str,
    body: Any = None,
    *,
    origin: str | None = ORIGIN,
    token: str | None = None,
    method: str = "POST",
    host: str | None = None,
    content_type: str | None = "application/json",
    headers: dict[str, str] | None = None,
    at: str | None = None,
) -> Reply:
    """A call at the direct listener, or at the origin `at`."""
    place = urlsplit(at or direct_origin())
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    path = call if "/" in call else f"{PATH}/v1/{call}"
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or place.netloc)
    if origin is not None:
        connection.putheader("Origin", origin)
    if content_type is not None:
        connection.putheader("Content-Type", content_type)
    if token is not None:
        connection.putheader("Sessionscope-Proof", prove(token, call, origin, text, at=at or ""))
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(text)))
    connection.endheaders(text)
    response = connection.getresponse()
    reply = Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    connection.close()
    return reply


def ask_inside(
    client: Client,
    call: str,
    body: Any = None,
    *,
    origin: str | None = ORIGIN,
    token: str | None = None,
    method: str = "POST",
    host: str = "127.0.0.1:8000",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Reply:
    """A call inside the app."""
    sent: dict[str, Any] = {"HTTP_HOST": host}
    if origin is not None:
        sent["HTTP_ORIGIN"] = origin
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    if token is not None:
        sent["HTTP_SESSIONSCOPE_PROOF"] = prove(token, call, origin, text)
    for name, value in (headers or {}).items():
        sent[f"HTTP_{name.upper().replace('-', '_')}"] = value
    path = call if call.startswith("/") else f"{PATH}/v1/{call}"
    response = client.generic(method, path, text, content_type=content_type, **sent)
    content = response.content if not response.streaming else b""
    return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content)


def pair(origin: str = ORIGIN) -> str:
    """Pairs as a user does, reading the code off the terminal."""
    printed: list[str] = []
    pairing = companion_of().endpoint.pairing
    pairing._show = printed.append
    pairing.begin()
    code = printed[-1].split(": ")[2].split(" ")[0]
    return str(pairing.complete(code, origin)["token"])


class Stream:
    """A stream of events over a raw socket."""

    def __init__(self, body: Any, origin: str | None = None, token: str | None = None) -> None:
        place = urlsplit(origin or direct_origin())
        self.socket = socket.create_connection((place.hostname or "", place.port or 80), timeout=60)
        text = json.dumps(body)
        proof = prove(token, "events", ORIGIN, text.encode(), at=origin or "") if token else ""
        lines = [
            f"POST {PATH}/v1/events HTTP/1.1",
            f"Host: {place.netloc}",
            f"Origin: {ORIGIN}",
            "Content-Type: application/json",
            "Accept-Encoding: gzip, deflate, br",
            f"Content-Length: {len(text)}",
            *([f"Sessionscope-Proof: {proof}"] if token else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", text]).encode())
        self.read = b""

    def until(self, text: bytes) -> bytes:
        """Reads on until something has arrived."""
        while text not in self.read:
            piece = self.socket.recv(65_536)
            if not piece:
                raise AssertionError(f"the stream ended before {text!r}: {self.read[-300:]!r}")
            self.read += piece
        return self.read

    def close(self) -> None:
        self.socket.close()
