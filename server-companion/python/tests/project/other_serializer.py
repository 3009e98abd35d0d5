"""Writes what Django's own serializer can't read."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.serializers import JSONSerializer


class ReversedSerializer:
    def dumps(self, value: Any) -> bytes:
        return JSONSerializer().dumps(value)[::-1]

    def loads(self, data: bytes) -> Any:
        return JSONSerializer().loads(data[::-1])
