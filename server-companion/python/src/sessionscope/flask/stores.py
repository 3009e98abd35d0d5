"""Where Flask-Session keeps records, and a look at one that changes nothing.

No interface's own read is used for that: SQLAlchemy's deletes a record that has expired, and a cache may drop one.
"""

from __future__ import annotations

import datetime
import os
import pickle
import struct
import time
from typing import Any

from ..observe.library import Record


def kind_of(interface: Any) -> str:
    """`cookie`, or the name of the store: `redis`, `sqlalchemy`, `cachelib`, `filesystem`."""
    if not is_server_side(interface):
        return "cookie" if hasattr(interface, "get_signing_serializer") else type(interface).__name__
    module = type(interface).__module__
    return module.split(".")[1] if module.startswith("flask_session.") else type(interface).__name__


def is_server_side(interface: Any) -> bool:
    """Whether the cookie names a record that a method of Flask-Session's reads."""
    return hasattr(interface, "_retrieve_session_data")


def cache_of(interface: Any) -> Any:
    """Of `cachelib` and `filesystem`; None: it keeps no records in one."""
    return getattr(interface, "cache", None)


def read_record(app: Any, interface: Any, sid: str) -> Record:
    """Reads the record of a session without changing anything. Raises what the store raises."""
    key = f"{interface.key_prefix}{sid}"
    kind = kind_of(interface)
    if kind == "redis":
        return _read_redis(interface, key)
    if kind == "sqlalchemy":
        return _read_sqlalchemy(app, interface, key)
    if type(cache_of(interface)).__name__ == "FileSystemCache":
        return _read_file(cache_of(interface), key)
    return Record("unreadable", text=f"No way is known to read {type(interface).__name__} without changing it.")


def decode(serializer: Any, data: bytes) -> Record:
    """A record as the interface's serializer wrote it. Pickles, which old versions wrote, are not opened."""
    for decoder in (serializer.decoder, serializer.alternate_decoder):
        try:
            content = decoder.decode(data)
        except ValueError:
            continue
        if isinstance(content, dict):
            return Record("found", content, len(data))
    return Record("error", bytes=len(data), text="The record is neither msgpack nor JSON.")


def _read_redis(interface: Any, key: str) -> Record:
    data = interface.client.get(key)
    if data is None:
        return Record("missing")
    left = interface.client.pttl(key)
    return decode(interface.serializer, data)._replace(
        expires_at=time.time() * 1000 + left if left is not None and left > 0 else None
    )


def _read_sqlalchemy(app: Any, interface: Any, key: str) -> Record:
    table = interface.sql_session_model.__table__
    with app.app_context():
        bind = getattr(interface.sql_session_model, "__bind_key__", None)
        engine = interface.client.engines[bind]
    # A connection of its own: what the app's session has under way stays as it is.
    with engine.connect() as connection:
        query = table.select().where(table.c.session_id == key)
        row = connection.execute(query).mappings().first()
    if row is None:
        return Record("missing")
    record = decode(interface.serializer, bytes(row["data"]))
    expiry = row["expiry"]
    if expiry is None:
        return record
    end = expiry.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000
    return _aged(record, end)


def _read_file(cache: Any, key: str) -> Record:
    path = cache._get_filename(key)
    try:
        with open(path, "rb") as stream:
            (end,) = struct.unpack("I", stream.read(4))
            content = pickle.load(stream)
            size = os.fstat(stream.fileno()).st_size - 4
    except FileNotFoundError:
        return Record("missing")
    record = Record("found", content if isinstance(content, dict) else None, size)
    return _aged(record, end * 1000) if end else record


def _aged(record: Record, expires_at: float) -> Record:
    is_over = expires_at <= time.time() * 1000 and record.outcome == "found"
    return record._replace(outcome="expired" if is_over else record.outcome, expires_at=expires_at)
