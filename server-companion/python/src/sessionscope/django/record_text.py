"""A record as the engine wrote or read it: decoded and encoded for the wire when somebody reads it."""

from __future__ import annotations

import zlib
from typing import Any

from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from ..core.encode import Digest, encode
from ..core.protocol import EncodedValue
from ..core.stored_text import StoredText


class RecordText(StoredText):
    """Signed JSON whose signature the engine made, or found valid: it is not checked again."""

    __slots__ = ("_digest",)

    def __init__(self, text: str, digest: Digest) -> None:
        super().__init__(text)
        self._digest = digest

    def _content(self) -> bytes:
        data = self.text.partition(":")[0]
        content = signing.b64_decode(data.removeprefix(".").encode())
        return zlib.decompress(content) if data.startswith(".") else content

    def value(self) -> EncodedValue:
        try:
            data: Any = JSONSerializer().loads(self._content())
        except Exception:
            data = {}
        return encode(data, self._digest).value

    def as_json(self) -> str | None:
        try:
            text = self._content().decode("ascii")
        except (ValueError, zlib.error):
            return None
        # A tag of the app's own making is no tag of ours.
        return None if '"$"' in text or "__proto__" in text else text
