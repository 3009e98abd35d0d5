"""What the suite needs of a session library: an app with one page, which runs what a case asks for on its session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from recorded import Recorded

#: Done with the session of a request: gives what the page answers.
Work = Callable[[Any], Any]

#: By the last part of the page's path.
WORKS: dict[str, Work] = {}

#: What a library may be able to do, as the table names it.
CAPABILITIES = {
    "calls": "Each call, as it happens, with its line",
    "nested": "Nested changes found, and the read they came through",
    "nested saved": "A nested change is saved by the library",
    "stored form": "The record as the store holds it",
    "look": "A look at the record that changes nothing",
    "unserializable": "A value that can't be saved is named",
    "missing": "A cookie whose record is gone",
    "refused": "A cookie whose signature is not valid",
    "rotate": "A new key, followed from the old one",
    "delete": "The record is deleted, or the cookie dropped",
    "expiry": "The end of the session, set by the app",
    "error": "What becomes of the session with a 500",
    "late": "A change after the session was saved",
}


class Reply(NamedTuple):
    status: int
    #: Without the discovery header; in order.
    headers: list[tuple[str, str]]
    body: bytes
    discovery: str | None


class Host(Protocol):
    """One app that runs, and one browser."""

    recorded: Recorded

    def visit(self, work: Work, page: str = "run") -> Reply:
        """Asks for a page that does `work` with the session. `page` `stream`: once the response has begun."""

    def set_cookie(self, value: str) -> None:
        """Gives the browser a session cookie of this value."""

    def cookie(self) -> str | None: ...

    def another(self) -> Host:
        """Another browser, of the same app."""


class Subject(NamedTuple):
    name: str
    #: True, or why not.
    capabilities: dict[str, bool | str]
    #: An app with empty stores; `is_observed` False: without a companion.
    open: Callable[[Path, bool], AbstractContextManager[Host]]
    #: The module's attributes that a case makes fail: the app must not notice.
    hooks: list[tuple[Any, str]]
    #: The library's own way to a new key, to the end of a session, and to end one.
    rotate: Work | None = None
    expire: Work | None = None
    delete: Work = lambda session: session.clear()
    #: A cookie that the library accepts as one of its own and that names no record; None: the cookie is the record.
    unknown_cookie: str | None = None


def works() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"w{number}"


_names = works()


def keep(work: Work) -> str:
    """Gives the name under which the page finds `work`."""
    name = next(_names)
    WORKS[name] = work
    return name


def bare(headers: Any) -> tuple[list[tuple[str, str]], str | None]:
    """Headers without the discovery header, and that."""
    found = [(name.lower(), value) for name, value in headers]
    discovery = next((value for name, value in found if name == "sessionscope"), None)
    return [(name, value) for name, value in found if name != "sessionscope"], discovery
