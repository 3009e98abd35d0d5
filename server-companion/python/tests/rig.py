"""What tests use to drive the app and to read what was recorded."""

from __future__ import annotations

from typing import Any

from django.test import Client

from sessionscope.core.viewers import Viewer
from sessionscope.django.companion import companion_of
from written_events import assert_written_as_made

EVERYTHING = Viewer(all=True)


def events(viewer: Viewer = EVERYTHING) -> list[dict[str, Any]]:
    log = companion_of().log
    assert_written_as_made(log)
    return log.read(None, viewer, 10_000).events


def operations(viewer: Viewer = EVERYTHING) -> list[dict[str, Any]]:
    return [event for event in events(viewer) if event["type"] == "operation-recorded"]


def last_finished() -> dict[str, Any]:
    return [event for event in events() if event["type"] == "exchange-finished"][-1]


def faults() -> list[dict[str, Any]]:
    return [event for event in events() if event["type"] == "fault-noted"]


def words(event: dict[str, Any]) -> str:
    """`set username (app)` and the like: what an operation was, without its values."""
    path = ".".join(str(step) for step in event.get("path", []))
    call = "" if event["call"] == event["operation"] else f" ({event['call']})"
    return " ".join(filter(None, [event["operation"] + call, path, event["actor"]]))


def get(client: Client, path: str, status: int = 200) -> list[dict[str, Any]]:
    """Requests a page; gives the operations that it made."""
    before = len(events())
    client.raise_request_exception = False
    response = client.get(path)
    assert response.status_code == status, response.content[:500]
    if response.streaming:
        b"".join(response.streaming_content)
        response.close()
    return [event for event in events()[before:] if event["type"] == "operation-recorded"]
