"""Events as they leave the process, beside the same made the long way: whole, redacted part by part, then written."""

from __future__ import annotations

import json
from typing import Any

from sessionscope.core.event_log import MemoryLog
from sessionscope.core.event_text import PARTS, WHOLES
from sessionscope.core.redact import redact, shown_path, to_json
from sessionscope.core.redaction import Redaction
from sessionscope.core.sentences import map_sentences
from sessionscope.core.trim import trim

#: Of a log, how many are compared.
LAST = 100


def redacted(event: dict[str, Any], rules: Redaction) -> dict[str, Any]:
    """An event as it may leave the process."""
    map_sentences(event, rules.clean)
    if event["type"] not in ("operation-recorded", "snapshot-taken"):
        return event
    content = event.get("stored", event.get("state"))
    if content is not None and "digest" not in event and event.get("operation") in (None, "load", "save"):
        event["digest"] = rules.digest(to_json(content))
    path = event.get("path", [])
    for part in PARTS:
        if part in event:
            recorded = event[part]
            held = redact(recorded, [] if part in WHOLES else path, rules)
            event[part] = trim(held, rules.digest, recorded=recorded)
    if path:
        event["path"] = shown_path(path, rules)
    return event


def assert_written_as_made(log: MemoryLog) -> None:
    """Of the last records of a log, twice: as they are written first, and from what is remembered."""
    rules = log.redaction
    for record in list(log._records)[-LAST:]:
        try:
            made = redacted(record[0].event(record), rules)
        except RuntimeError:
            # Planted: `test_operations.py` looks at what is sent then.
            continue
        made.pop("via", None)
        expected = json.loads(rules.keys.without_keys_in_json(json.dumps(made)))
        for _ in range(2):
            written = json.loads(f"{{{record[0].members(record, log._texts, lambda _other: None)}}}")
            assert written == expected
