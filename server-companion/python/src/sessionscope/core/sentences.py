"""The free texts of events: what an error, a library or a path says, and not what a session has in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from . import protocol
from .protocol import Event

Clean = Callable[[str], str]


def map_sentences(event: Event, clean: Clean) -> None:
    """Replaces each free text of `event` by what `clean` makes of it, in place. Dicts inside it are not changed."""
    kind = event["type"]
    if kind == "operation-recorded":
        if "error" in event:
            event["error"] = _cleaned(event["error"], ("name", "message"), clean)
    elif kind == "exchange-started":
        event.update(_cleaned(event, ("path", "dest", "purpose"), clean))
    elif kind == "exchange-finished":
        fields = ("text", "setting", "fix")
        verdict = event.get("verdict", {})
        if verdict:
            event["verdict"] = {part: _cleaned(decision, fields, clean) for part, decision in verdict.items()}
        event.update(_cleaned(event, ("location",), clean))
    elif kind == "fault-noted":
        event.update(_cleaned(event, ("message",), clean))
    elif kind == "epoch-started" and "middlewares" in event:
        event["middlewares"] = [
            {**middleware, "settings": _cleaned(middleware["settings"], list(middleware["settings"]), clean)}
            for middleware in event["middlewares"]
        ]


def _cleaned(record: dict[str, Any], fields: Iterable[str], clean: Clean) -> dict[str, Any]:
    """`record` with each of its fields that is a text cleaned; the same one where none changes."""
    copy: dict[str, Any] | None = None
    for field in fields:
        text = record.get(field)
        if type(text) is not str:
            continue
        cleaned = clean(text)
        if cleaned != text:
            if copy is None:
                copy = dict(record)
            # What replaces a secret may be longer than it was: no field exceeds its bound by that.
            copy[field] = cleaned[: max(len(text), protocol.NAME_LENGTH - 1)]
    return record if copy is None else copy
