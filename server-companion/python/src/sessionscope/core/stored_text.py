"""A record as a library wrote or read it: decoded when somebody reads it, which is rare, since it is kept long."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .protocol import EncodedValue


class StoredText(ABC):
    """Its text can't change, and decoding it runs no code of the app."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def source(self) -> str | bytes:
        """All that its content is decoded from."""
        return self.text

    @abstractmethod
    def value(self) -> EncodedValue:
        """The content, decoded each time."""

    def as_json(self) -> str | None:
        """The content as `json.dumps` writes it in ASCII and without spaces, where that is had for less than decoding
        it. None: it is not, or what it decodes to may be encoded as something else."""
        return None
