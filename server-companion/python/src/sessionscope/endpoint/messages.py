"""A call as a listener took it, and its answer, whichever listener it came in by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .streams import MAX_INSIDE


def _watch_nothing() -> Callable[[], bool]:
    return lambda: True


@dataclass(frozen=True)
class Request:
    """A call as a listener took it. Header names are in lower case."""

    #: `app`: inside the app, where the peer's address proves nothing. `direct`: the companion's own listener.
    listener: str
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
    #: Asked as a stream begins; gives a check whether it is still read, and whether its server still listens.
    watch: Callable[[], Callable[[], bool]] = _watch_nothing
    #: Streams of this listener at once.
    max_streams: int = MAX_INSIDE


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""
    #: Set for a stream in place of `body`; None in it: nothing to say, the reader may be gone.
    stream: Iterator[bytes] | None = None
