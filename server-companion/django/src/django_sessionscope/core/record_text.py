"""A record as the engine wrote or read it: decoded and encoded for the wire when somebody reads it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from .encode import Digest, encode
from .protocol import EncodedValue


class RecordText:
    """Signed JSON. Its text can't change, and decoding it runs no code of the app's."""

    __slots__ = ("_digest", "_salt", "text")

    def __init__(self, text: str, salt: str, digest: Digest) -> None:
        self.text = text
        self._salt = salt
        self._digest = digest

    def value(self) -> EncodedValue:
        """Decoded anew each time: it is read rarely, and held long."""
        try:
            data: Any = signing.loads(self.text, salt=self._salt, serializer=JSONSerializer)
        except Exception:
            data = {}
        return encode(data, self._digest).value
