"""The five calls, whichever listener they come in by."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .. import __version__
from ..core import protocol
from ..core.changes import MISSING
from ..core.event_log import EventLog, Position, Reading
from ..core.viewers import Viewer
from .direct_listener import DirectListener
from .gate import CallRefused, GateRules, Refusal, is_loopback
from .host import EndpointHost, SessionProof
from .listening import ListeningServer
from .messages import Answer, Request
from .paired_keys import PairedKeys
from .pairing import Pairing
from .proof import Proof, Proofs, companion_proof, parse_proof
from .requests import parse_request, read_body
from .streams import StreamSlot, StreamSlots

#: Hosts of which it is remembered whether they are answered.
MAX_HOSTS = 256

#: An answer with no events says that the way is open; late or in lumps, it shows a proxy that buffers.
HEARTBEAT_S = 5.0

#: How often a stream looks whether somebody still reads it, and whether its server still listens.
TICK_S = 0.25

#: A stream inside the app ends after this time, and the panel asks again: it holds a worker or a connection there.
INSIDE_LIFE_S = 60.0

#: The same where it can't be seen whether the server still listens: a shutdown waits no longer.
UNWATCHED_LIFE_S = 4.0

#: After a wake-up, what comes within this time goes in the same answer.
BATCH_S = 0.008

T = TypeVar("T")

HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _json(status: int, content: Any) -> Answer:
    return _answer(status, json.dumps(content, separators=(",", ":")))


def _answer(status: int, text: str) -> Answer:
    return Answer(status, {**HEADERS, "Content-Type": "application/json"}, text.encode())


def _refusal(refusal: Refusal) -> Answer:
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message[: protocol.SENTENCE_LENGTH]}
    if refusal.fix is not None:
        error["fix"] = refusal.fix
    if refusal.versions:
        error["versions"] = refusal.versions
    return _json(refusal.status, {"error": error})


class Endpoint:
    def __init__(self, companion: EndpointHost, pairing: Pairing | None = None) -> None:
        self._companion = companion
        options = companion.options
        self.path = options.path
        self._rules = GateRules(options.allowed_hosts, options.allowed_extensions)
        self.keys = PairedKeys(companion.identity)
        self.pairing = pairing or Pairing(companion.identity, self.keys)
        self.proofs = Proofs(companion.identity, self.keys)
        self._listener = DirectListener(options.path, self.answer)
        self._hosts: dict[str | None, bool] = {}
        self.streams = StreamSlots()

    def is_allowed_host(self, host: str | None) -> bool:
        """Whether calls to this host are answered: no other one is named, or gets the discovery header."""
        known = self._hosts.get(host)
        if known is None:
            if len(self._hosts) >= MAX_HOSTS:
                self._hosts.clear()
            known = self._hosts[host] = self._rules.is_allowed_host(host)
        return known

    def watch_server(self) -> Callable[[], bool]:
        """Whether the app's server still listens, as far as that can be seen."""
        server = ListeningServer(self._listener.port)
        if server.is_known:
            return server.is_open
        until = time.monotonic() + UNWATCHED_LIFE_S
        return lambda: time.monotonic() < until

    def close(self) -> None:
        """Closes the direct listener; its streams end with the next event."""
        self._listener.close()

    @property
    def _log(self) -> EventLog:
        return self._companion.log

    def answer(self, request: Request) -> Answer:
        """Answers a call. Never raises."""
        return self._guarded(lambda: self._answer(request))

    def refusal(self, request: Request) -> Answer | None:
        """The answer to a call of which nothing more is read; None: it may go on. Never raises."""

        def admit() -> None:
            self._admit(request)

        return self._guarded(admit)

    def _guarded(self, act: Callable[[], T]) -> T | Answer:
        try:
            return act()
        except CallRefused as refused:
            return _refusal(refused.refusal)
        except Exception as error:
            self._companion.faults.note("endpoint", error)
            message = "Sessionscope itself failed on this call. Your app was not affected."
            return _refusal(Refusal(500, "fault", message))

    def _admit(self, request: Request) -> tuple[str, Proof | None]:
        """The gate, before anything that was sent is read: which call it is, and the proof that came with it."""
        headers = request.headers
        origin = headers.get("origin")
        call = request.path.removeprefix("/v1/")
        is_call = call in protocol.CALLS and request.path == f"/v1/{call}"
        header = headers.get(protocol.PROOF_HEADER)
        proof = None if header is None else parse_proof(header)
        unproven = None if header is None else self.proofs.precheck(proof, origin)
        refusal = self._rules.refuse(
            method=request.method,
            content_type=headers.get("content-type"),
            host=headers.get("host"),
            origin=origin,
            is_upgrade="upgrade" in headers,
            call=call if is_call else None,
            # Over a nonce that is too old it is still one of a key that this origin was given.
            has_proof=header is not None and (unproven is None or unproven.refusal.code != "not-paired"),
        )
        if refusal is not None:
            raise CallRefused.of(refusal)
        if request.query is not None:
            raise CallRefused(404, "not-found", "No call has a query.")
        if not is_call:
            raise CallRefused(404, "not-found", "There is no such call.")
        if unproven is not None:
            raise unproven
        return call, proof

    def _answer(self, request: Request) -> Answer:
        call, proof = self._admit(request)
        text = request.read(protocol.REQUEST_BYTES)
        if len(text) > protocol.REQUEST_BYTES:
            raise CallRefused(413, "too-large", f"A call's body is at most {protocol.REQUEST_BYTES} bytes.")
        if proof is not None:
            self.proofs.check(proof, call, request.headers.get("origin"), text)
        fields = parse_request(call, read_body(text))
        handler: Callable[[Request, bool, dict[str, Any]], Answer] = getattr(self, f"_{call}")
        return handler(request, proof is not None, fields)

    # ── whose eyes ─────────────────────────────────────────────────────────────

    def _viewer(self, request: Request, is_paired: bool, proofs: dict[str, Any]) -> Viewer:
        """Everything for a proof of pairing; at the direct listener what the proofs prove; else nobody's."""
        if is_paired:
            return Viewer(all=True)
        if request.listener == "app":
            raise CallRefused(
                403,
                "not-paired",
                "Inside the app nothing says where a call comes from, so it needs a proof of pairing.",
                "Ask at the direct listener that hello names, or pair.",
            )
        if not is_loopback(request.peer):
            raise CallRefused(403, "refused", "The direct listener serves this machine only.")
        sessions = [
            proof.fingerprint
            for name, value in proofs["cookies"]
            if (proof := self._prove(name, value)) is not None and proof.fingerprint is not None
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

    def _prove(self, name: str, value: str) -> SessionProof | None:
        """How the library whose cookie this is takes it; of several, the first that accepts it."""
        found: SessionProof | None = None
        for library in self._companion.libraries:
            proof = library.prove(name, value)
            if proof is not None and proof.fingerprint is not None:
                return proof
            found = found or proof
        return found

    def _write(self, content: Any) -> str:
        """An answer with data. What it says of a session key, in whatever part of it, is taken out last of all."""
        return self._companion.identity.without_keys_in_json(json.dumps(content, separators=(",", ":")))

    def _data_answer(self, content: Any) -> Answer:
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
        described = [library.describe() for library in self._companion.libraries]
        return _json(
            200,
            {
                "v": protocol.PROTOCOL_VERSION,
                "app": identity.app,
                "project": identity.project[: protocol.NAME_LENGTH],
                "epoch": self._log.epoch,
                "companion": {"name": "sessionscope", "version": __version__},
                "runtime": self._companion.runtime,
                "libraries": [
                    {"name": each["library"], "version": each["libraryVersion"], "cookieNames": each["cookieNames"]}
                    for each in described
                ],
                **self._pairing_of(request, fields),
                **self._listener.open(),
            },
        )

    def _pairing_of(self, request: Request, fields: dict[str, Any]) -> dict[str, Any]:
        """Whether the key that a panel names is known here, and the proof of it, if one is asked for."""
        named, challenge = fields["key"], fields["challenge"]
        key = None if named is None else self.keys.find(named, request.headers.get("origin"))
        answer: dict[str, Any] = {"paired": key is not None}
        if challenge is not None:
            answer["nonce"] = nonce = self.proofs.new_nonce()
            if key is not None:
                answer["proof"] = companion_proof(key, challenge, nonce, self._companion.identity.app)
        return answer

    def _pair(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        code = fields["code"]
        if code is None:
            return _json(200, self.pairing.begin())
        return _json(200, self.pairing.complete(code, request.headers.get("origin", "")))

    def _session(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        named = fields["session"]
        if viewer.all and named is not None:
            key = self._companion.identity.key_of(named)
            if key is not None:
                return self._data_answer(self._look(key, named, None, viewer))
        proofs = [self._prove(name, value) for name, value in fields["proofs"]["cookies"]]
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
            return self._data_answer(answer)
        return self._data_answer(self._look(proof.key, proof.fingerprint, proof.signature, viewer))

    def _look(self, key: str, session: str, signature: str | None, viewer: Viewer) -> dict[str, Any]:
        libraries = self._companion.libraries
        answer: dict[str, Any] = {
            "session": session,
            "store": self._read_store(key, viewer),
            "memory": [look for library in libraries for look in library.read_memory(session, viewer)],
        }
        if signature is not None:
            answer["signature"] = signature
        return answer

    def _read_store(self, key: str, viewer: Viewer) -> dict[str, Any]:
        """Of several libraries, the answer of the one that has a record."""
        reading: dict[str, Any] = {"outcome": "missing", "at": time.time() * 1000}
        for library in self._companion.libraries:
            reading = library.read_store(key, viewer)
            if reading["outcome"] in ("found", "expired"):
                break
        return reading

    def _events(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        after = None if fields["after"] is None else Position(*fields["after"])
        if not fields["wait"]:
            return _answer(200, self._read(after, viewer)[0])
        if request.no_stream is not None:
            raise CallRefused(429, "too-many-streams", request.no_stream, "Poll (wait: false).")
        slot = self.streams.take(self._is_proven(viewer), request.listener == "app", request.max_streams)
        if slot is None:
            raise CallRefused(
                429,
                "too-many-streams",
                "All places for streams are taken.",
                "Close other DevTools windows, or poll (wait: false).",
            )
        headers = {
            **HEADERS,
            "Content-Type": "text/event-stream",
            # A stream that is compressed on its way arrives in lumps.
            "Content-Encoding": "identity",
            "X-Accel-Buffering": "no",
        }
        return Answer(200, headers, stream=_Stream(self.streams, slot, self._pump(after, viewer, request, slot)))

    def _read(self, after: Position | None, viewer: Viewer) -> tuple[str, Reading]:
        """An answer's text, and what it was made of."""
        reading = self._log.read(after, viewer, protocol.EVENTS_PER_ANSWER)
        rest = {
            "next": {"epoch": reading.next.epoch, "seq": reading.next.seq},
            "more": reading.more,
            "sentAt": time.time() * 1000,
        }
        return f'{{"events":[{",".join(reading.texts)}],{json.dumps(rest, separators=(",", ":"))[1:]}', reading

    def _is_proven(self, viewer: Viewer) -> bool:
        """Whether what a viewer proves is known here: a key of any value names a session, and any id an exchange."""
        identity = self._companion.identity
        return viewer.all or any(identity.key_of(session) is not None for session in viewer.sessions)

    def _pump(self, after: Position | None, viewer: Viewer, request: Request, slot: StreamSlot) -> Iterator[bytes]:
        log = self._log
        waker = log.subscribe()
        spoken_at = 0.0
        is_open = request.watch()
        until = time.monotonic() + INSIDE_LIFE_S if slot.is_inside else math.inf
        try:
            while not (self._listener.is_closed or slot.is_evicted) and is_open() and log is self._log:
                waker.clear()
                data, reading = self._read(after, viewer)
                after = reading.next
                now = time.monotonic()
                if reading.texts or now - spoken_at >= HEARTBEAT_S:
                    spoken_at = now
                    yield f"event: events\ndata: {data}\n\n".encode()
                if now >= until:
                    return
                if not reading.more and waker.wait(TICK_S):
                    time.sleep(BATCH_S)
        finally:
            log.unsubscribe(waker)

    def _value(self, request: Request, is_paired: bool, fields: dict[str, Any]) -> Answer:
        viewer = self._viewer(request, is_paired, fields["proofs"])
        reveal = fields["reveal"]
        if reveal and not viewer.all:
            raise CallRefused(403, "not-paired", "Redacted values are shown to a paired panel only.", "Pair.")
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
        return self._data_answer({"value": value})


class _Stream:
    """The pieces of a stream; its slot is free again however it ends, begun or not."""

    def __init__(self, slots: StreamSlots, slot: StreamSlot, pieces: Iterator[bytes]) -> None:
        self._slots: StreamSlots | None = slots
        self._slot = slot
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
        slots, self._slots = self._slots, None
        if slots is not None:
            self._pieces.close()  # type: ignore[attr-defined]
            slots.free(self._slot)

    def __del__(self) -> None:
        self.close()
