"""A record as the engine wrote or read it: decoded and encoded for the wire when somebody reads it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from ..core.encode import Digest, encode
from ..core.protocol import EncodedValue
from ..core.stored_text import StoredText


class RecordText(StoredText):
    """Signed JSON."""

    __slots__ = ("_digest", "_salt")

    def __init__(self, text: str, salt: str, digest: Digest) -> None:
        super().__init__(text)
        self._salt = salt
        self._digest = digest

    def value(self) -> EncodedValue:
        try:
            data: Any = signing.loads(self.text, salt=self._salt, serializer=JSONSerializer)
        except Exception:
            data = {}
        return encode(data, self._digest).value
