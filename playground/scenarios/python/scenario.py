"""What the handlers of a bug use, on every session library of Python: the counterpart of `../scenario.ts`.

A module for each bug, named after its scenario, has `ROUTES`, what the app does, and `FIXED`, the routes that differ
once the bug is fixed. What clients send, the settings, and what the user then sees stand in the scenario.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

#: How long one request waits for another: what a scenario needs must not hang a demo.
MAX_WAIT_S = 5.0


@dataclass(frozen=True)
class Answer:
    #: An iterator is streamed.
    body: str | Iterator[str] = ""
    status: int = 200
    #: Where a redirect leads.
    location: str | None = None


@dataclass(frozen=True)
class Context:
    #: The library's own: what is done to it here is done as its users do it.
    session: MutableMapping[str, Any]
    #: Saves now, where the library can; where it can't, it saves at the end as always.
    save: Callable[[], object]
    #: A new key for this client. Whether data is kept is the library's way.
    rotate: Callable[[], object]
    #: The logout: `flush`, `clear`.
    end: Callable[[], object]
    #: Where `GET /` is found: the whole path, for redirects.
    home: str
    #: What `GET /` answers with: the text alone, or on a page with the scenario's buttons.
    page: Callable[[str], str]
    #: Says that this point was reached.
    reached: Callable[[str], None]
    #: Waits until a point was reached: by `reached`, or `POST /cart answered`, when such a request was answered.
    until: Callable[[str], None]


Handler = Callable[[Context], Answer]
#: `POST /cart`: what answers it.
Routes = dict[str, Handler]


class Points:
    """Where the requests of a scenario wait for each other; what was reached is forgotten when none is under way."""

    def __init__(self, max_wait_s: float = MAX_WAIT_S) -> None:
        self.max_wait_s = max_wait_s
        self._lock = threading.Condition()
        self._reached: set[str] = set()
        self._under_way = 0

    def reached(self, point: str) -> None:
        with self._lock:
            self._reached.add(point)
            self._lock.notify_all()

    def until(self, point: str) -> None:
        with self._lock:
            self._lock.wait_for(lambda: point in self._reached, self.max_wait_s)

    def begin(self) -> None:
        with self._lock:
            if self._under_way == 0:
                self._reached.clear()
            self._under_way += 1

    def end(self, sent: str) -> None:
        with self._lock:
            self._reached.add(f"{sent} answered")
            self._under_way -= 1
            self._lock.notify_all()


def module_of(scenario: str) -> ModuleType:
    """The module with a scenario's handlers, by the scenario's id."""
    return importlib.import_module(scenario.replace("-", "_"))


def routes_of(scenario: str, is_fixed: bool) -> Routes:
    """Its handlers, or the same with its fix in place."""
    module = module_of(scenario)
    return {**module.ROUTES, **(module.FIXED if is_fixed else {})}
