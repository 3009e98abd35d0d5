"""Which values of a session JSON can't hold: what a save failed on."""

from __future__ import annotations

from ..core.protocol import EncodedValue, is_tagged


def unfit_keys(state: EncodedValue) -> list[str]:
    """Top-level keys whose value JSON can't hold, each with its type: `user (User)`."""
    if not isinstance(state, dict):
        return []
    entries = state.get("entries", []) if is_tagged(state) else list(state.items())
    found = []
    for key, value in entries:
        unfit = _unfit(value)
        if unfit is not None:
            found.append(f"{key} ({unfit})")
    return found


def _unfit(value: EncodedValue) -> str | None:
    if isinstance(value, list):
        return next(filter(None, map(_unfit, value)), None)
    if not isinstance(value, dict):
        return None
    if not is_tagged(value):
        return next(filter(None, map(_unfit, value.values())), None)
    tag = value["$"]
    if tag in ("object", "opaque", "bytes"):
        return str(value["class"]) if "class" in value else None
    if tag == "error":
        return str(value["name"])
    if tag == "map":
        return next(filter(None, map(_unfit_entry, value["entries"])), None)
    if tag == "array":
        return next(filter(None, map(_unfit, value["items"])), None)
    return {"date": "datetime", "set": "set", "function": "function", "cycle": "a cycle"}.get(tag)


def _unfit_entry(entry: list[EncodedValue]) -> str | None:
    key, value = entry
    if is_tagged(key) and key["$"] not in ("text", "number", "bigint"):
        return f"a {key.get('class', key['$'])} as a key"
    return _unfit(value)
