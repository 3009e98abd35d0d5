"""The five calls, whatever door they come in by."""

from __future__ import annotations

import json
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django

from .. import __version__
from ..core import protocol
from ..core.changes import MISSING
from ..core.event_log import EventLog, Position, Viewer
from .door import Door
from .gate import CallRefused, GateRules, Refusal, is_loopback
from .pairing import Pairing
from .requests import parse_request, read_body

if TYPE_CHECKING:
    from ..companion import Companion

#: Streams at once: one for each browser and app, shared by its windows; a few browsers.
MAX_STREAMS = 16

#: An answer with no events says that the way is open; late or in lumps, it shows a proxy that buffers.
HEARTBEAT_S = 5.0

#: After a wake-up, what comes within this time goes in the same answer.
BATCH_S = 0.008

HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Request:
    """A call as a listener took it. Header names are in lower case."""

    #: `app`: inside the app, where the peer's address proves nothing. `direct`: the companion's own listener.
    door: str
    peer: str | None
    method: str
    #: Below the endpoint's path: `/v1/hello`.
    path: str
    #: `None`: there is no `?` in what was asked for.
    query: str | None
    headers: Mapping[str, str]
    #: Reads the body, at most so many bytes and one more.
    read: Callable[[int], bytes]
    #: Why a stream can't be served here, or None.
    no_stream: str | None = None


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""
    #: Set for a stream in place of `body`; None in it: nothing to say, the reader may be gone.
    stream: Iterator[bytes] | None = None


def _json(status: int, content: Any) -> Answer:
    return _answer(status, json.dumps(content, separators=(",", ":")))


def _answer(status: int, text: str) -> Answer:
    return Answer(status, {**HEADERS, "Content-Type": "application/json"}, text.encode())


def _refusal(refusal: Refusal) -> Answer:
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message[: protocol.SENTENCE_LENGTH]}
    if refusal.mend is not None:
        error["mend"] = refusal.mend
    if refusal.versions:
        error["versions"] = refusal.versions
    return _json(refusal.status, {"error": error})


class Endpoint:
    def __init__(self, companion: Companion, pairing: Pairing | None = None) -> None:
        self._companion = companion
        options = companion.options
        self.path = options.path
        self._rules = GateRules(options.allowed_hosts, options.allowed_extensions)
        self.pairing = pairing or Pairing(companion.identity)
        self._door = Door(options.path, self.answer)
        self._streams = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the direct door; its streams end with the next event."""
        self._door.close()

    @property
    def _log(self) -> EventLog:
        return self._companion.log

    def answer(self, request: Request) -> Answer:
        """Answers a call. Never raises."""
        try:
            return self._answer(request)
        except CallRefused as refused:
            return _refusal(refused.refusal)
        except Exception as error:
            self._companion.faults.note("endpoint", error)
            message = "Sessionscope itself failed on this call. Your app was not affected."
            return _refusal(Refusal(500, "fault", message))

    def _answer(self, request: Request) -> Answer:
        headers = request.headers
        origin = headers.get("origin")
        has_token = self.pairing.is_token(headers.get(protocol.TOKEN_HEADER), origin)
        refusal = self._rules.refuse(
            method=request.method,
            content_type=headers.get("content-type"),
            host=headers.get("host"),
            origin=origin,
            is_upgrade="upgrade" in headers,
            has_token=has_token,
        )
        if refusal is not None:
            return _refusal(refusal)
        if request.query is not None:
            raise CallRefused(404, "not-found", "No call has a query.")
        call = request.path.removeprefix("/v1/")
        if call not in protocol.CALLS or request.path != f"/v1/{call}":
            raise CallRefused(404, "not-found", "There is no such call.")
        text = request.read(protocol.REQUEST_BYTES)
        if len(text) > protocol.REQUEST_BYTES:
            raise CallRefused(413, "too-large", f"A call's body is at most {protocol.REQUEST_BYTES} bytes.")
        fields = parse_request(call, read_body(text))
        handler: Callable[[Request, bool, dict[str, Any]], Answer] = getattr(self, f"_{call}")
        return handler(request, has_token, fields)

    # ── whose eyes ─────────────────────────────────────────────────────────────

    def _viewer(self, request: Request, is_paired: bool, proofs: dict[str, Any]) -> Viewer:
        """Everything for a token; at the direct door what the proofs prove; else nobody's."""
        if is_paired:
            return Viewer(all=True)
        if request.door == "app":
            raise CallRefused(
                403,
                "not-paired",
                "Inside the app nothing says where a call comes from, so it needs a token.",
                "Ask at the direct door that hello names, or pair.",
            )
        if not is_loopback(request.peer):
            raise CallRefused(403, "refused", "The direct door serves this machine only.")
        sessions = [
            proof.fingerprint
            for name, value in proofs["cookies"]
            if (proof := self._companion.sessions.prove(name, value)) is not None and proof.fingerprint is not None
        ]
        exchanges = proofs["exchanges"]
        if not sessions and not exchanges:
            raise CallRefused(
                403,
                "proof-needed",
                "No cookie that this app signed and no exchange id was sent.",
                "Load a page of the app, or pair.",
            )
        return Viewer(sessions=frozenset(sessions), exchanges=frozenset(exchanges))

    def _write(self, content: Any) -> str:
        """An answer with data. What it says of a session key, in whatever part of it, is taken out last of all."""
        return self._companion.identity.without_keys(json.dumps(content, separators=(",", ":")))

    def _told(self, content: Any) -> Answer:
        return _answer(200, self._write(content))

    # ── the calls ──────────────────────────────────────────────────────────────

    def _hello(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        if protocol.PROTOCOL_VERSION not in fields["versions"]:
            raise CallRefused(
                400,
                "unsupported-version",
                f"This companion speaks version {protocol.PROTOCOL_VERSION} of the protocol.",
                "Update the one that is older.",
                (protocol.PROTOCOL_VERSION,),
            )
        identity = self._companion.identity
        described = self._companion.sessions.describe()
        return _json(
            200,
            {
                "v": protocol.PROTOCOL_VERSION,
                "app": identity.app,
                "project": identity.project[: protocol.NAME_LENGTH],
                "epoch": self._log.epoch,
                "companion": {"name": "django-sessionscope", "version": __version__},
                "runtime": f"python {platform.python_version()}, django {django.get_version()}",
                "libraries": [
                    {
                        "name": described["library"],
                        "version": described["libraryVersion"],
                        "cookieName": described["cookieName"],
                    }
                ],
                "paired": is_paired,
                **self._door.open(),
            },
        )

    def _pair(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        code = fields["code"]
        if code is None:
            return _json(200, self.pairing.begin())
        return _json(200, self.pairing.complete(code, request.headers.get("origin", "")))

    def _session(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        sessions = self._companion.sessions
        named = fields["session"]
        if viewer.all and named is not None:
            key = sessions.key_of(named)
            if key is not None:
                return self._told(self._look(key, named, None, viewer))
        proofs = [sessions.prove(name, value) for name, value in fields["proofs"]["cookies"]]
        proof = next(filter(None, proofs), None)
        if proof is None:
            raise CallRefused(403, "proof-needed", "No session cookie of this app was sent.")
        if proof.key is None or proof.fingerprint is None:
            answer: dict[str, Any] = {
                "session": None,
                "signature": proof.signature,
                "store": {"outcome": "missing", "at": time.time() * 1000},
                "memory": [],
            }
            return self._told(answer)
        return self._told(self._look(proof.key, proof.fingerprint, proof.signature, viewer))

    def _look(self, key: str, session: str, signature: str | None, viewer: Viewer) -> dict[str, Any]:
        sessions = self._companion.sessions
        answer: dict[str, Any] = {
            "session": session,
            "store": sessions.read_store(key, viewer),
            "memory": sessions.read_memory(session, viewer),
        }
        if signature is not None:
            answer["signature"] = signature
        return answer

    def _events(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        after = None if fields["after"] is None else Position(*fields["after"])
        if not fields["wait"]:
            return self._told(self._read(after, viewer)[0])
        if request.no_stream is not None:
            raise CallRefused(429, "too-many-streams", request.no_stream, "Poll (wait: false).")
        with self._lock:
            if self._streams >= MAX_STREAMS:
                raise CallRefused(
                    429,
                    "too-many-streams",
                    f"{MAX_STREAMS} streams are open.",
                    "Close other DevTools windows, or poll (wait: false).",
                )
            self._streams += 1
        headers = {
            **HEADERS,
            "Content-Type": "text/event-stream",
            # A stream that is compressed on its way arrives in lumps.
            "Content-Encoding": "identity",
            "X-Accel-Buffering": "no",
        }
        return Answer(200, headers, stream=_Stream(self, self._pump(after, viewer)))

    def _read(self, after: Position | None, viewer: Viewer) -> tuple[dict[str, Any], Position]:
        reading = self._log.read(after, viewer, protocol.EVENTS_PER_ANSWER)
        answer = {
            "events": reading.events,
            "next": {"epoch": reading.next.epoch, "seq": reading.next.seq},
            "more": reading.more,
            "sentAt": time.time() * 1000,
        }
        return answer, reading.next

    def _pump(self, after: Position | None, viewer: Viewer) -> Iterator[bytes]:
        log = self._log
        waker = log.subscribe()
        spoken_at = 0.0
        try:
            while not self._door.is_closed:
                waker.clear()
                answer, after = self._read(after, viewer)
                if answer["events"] or time.monotonic() - spoken_at >= HEARTBEAT_S:
                    spoken_at = time.monotonic()
                    data = self._write(answer)
                    yield f"event: events\ndata: {data}\n\n".encode()
                if not answer["more"] and waker.wait(HEARTBEAT_S):
                    time.sleep(BATCH_S)
        finally:
            log.unsubscribe(waker)

    def _value(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        reveal = fields["reveal"]
        if reveal and not viewer.all:
            raise CallRefused(403, "not-paired", "Held-back values are shown to a paired panel only.", "Pair.")
        value = (
            self._log.value(fields["seq"], fields["part"], fields["path"], reveal, viewer)
            if fields["epoch"] == self._log.epoch
            else MISSING
        )
        if value is MISSING:
            raise CallRefused(
                404,
                "gone",
                "The log does not hold this value any more, or it is not yours to see.",
            )
        return self._told({"value": value})

    def stream_ended(self) -> None:
        with self._lock:
            self._streams -= 1


class _Stream:
    """The pieces of a stream; its place is free again however it ends, begun or not."""

    def __init__(self, endpoint: Endpoint, pieces: Iterator[bytes]) -> None:
        self._endpoint: Endpoint | None = endpoint
        self._pieces = pieces

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            self._pieces.close()  # type: ignore[attr-defined]
            endpoint.stream_ended()

    def __del__(self) -> None:
        self.close()
