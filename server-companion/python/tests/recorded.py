"""Reads what a companion recorded, whatever its framework."""

from __future__ import annotations

from typing import Any

from sessionscope.core.viewers import Viewer
from written_events import assert_written_as_made

EVERYTHING = Viewer(all=True)


class Recorded:
    """What the log of a companion holds."""

    def __init__(self, companion: Any) -> None:
        self.companion = companion

    @property
    def events(self) -> list[dict[str, Any]]:
        assert_written_as_made(self.companion.log)
        return self.companion.log.read(None, EVERYTHING, 50_000).events  # type: ignore[no-any-return]

    @property
    def operations(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == "operation-recorded"]

    @property
    def finished(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == "exchange-finished"]

    @property
    def faults(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == "fault-noted"]

    @property
    def verdict(self) -> tuple[str, str, str, str]:
        """Of the last exchange: outcome and reason for the record, then for the cookie."""
        verdict = self.finished[-1]["verdict"]
        record, cookie = verdict["record"], verdict["cookie"]
        return record["outcome"], record["reason"], cookie["outcome"], cookie["reason"]

    def last(self, operation: str) -> dict[str, Any]:
        return [event for event in self.operations if event["operation"] == operation][-1]

    def words(self, exchange: str | None = None) -> list[str]:
        """`set ([]=) cart app` and the like, of the last exchange or of a named one."""
        exchange = exchange or self.finished[-1]["exchange"]
        return [words(event) for event in self.operations if event["exchange"] == exchange]


def words(event: dict[str, Any]) -> str:
    path = ".".join(str(step) for step in event.get("path", []))
    call = "" if event["call"] == event["operation"] else f" ({event['call']})"
    inferred = "inferred" if event.get("inferred") else ""
    return " ".join(filter(None, [event["operation"] + call, path, event["actor"], inferred]))
