"""The scenario that a host serves now, named on standard input: `lost-update`, or `lost-update fixed`."""

from __future__ import annotations

import sys
import threading

from scenario import Handler, Points, Routes, routes_of


class Stage:
    def __init__(self) -> None:
        self.points = Points()
        self._routes: Routes = {}

    def handler_of(self, sent: str) -> Handler | None:
        return self._routes.get(sent)

    def follow_input(self, port: int) -> threading.Thread:
        """Says where it listens, then shows what each line names and says `ready`; ends with the input."""

        def follow() -> None:
            print(f"listening {port}", flush=True)
            for line in sys.stdin:
                scenario, *fixed = line.split()
                self._routes = routes_of(scenario, bool(fixed))
                print("ready", flush=True)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        return thread
