"""A record as a library wrote or read it: decoded when somebody reads it, which is rare, since it is kept long."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .protocol import EncodedValue


class StoredText(ABC):
    """Its text can't change, and decoding it runs no code of the app."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @abstractmethod
    def value(self) -> EncodedValue:
        """The content, decoded each time."""
