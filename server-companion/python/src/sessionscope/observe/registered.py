"""What `python -m sessionscope` has put in a library's place, so that an `observe` by hand counts, with its options."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

_bare: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_declined: WeakSet[Any] = WeakSet()


def note_registered(observed: Any, bare: Any) -> None:
    """Says that `observed` stands where the library had `bare`."""
    _bare[observed] = bare


def bare_of(given: Any) -> Any:
    """The library's own class, where an observed one stands in its place."""
    return _bare.get(given, given)


def note_declined(given: Any) -> None:
    """Says that the app's code wants this one as it is."""
    with suppress(TypeError):
        # What takes no weak reference is observed.
        _declined.add(given)


def is_declined(given: Any) -> bool:
    """Whether the app's code wants this one as it is."""
    return any(each is given for each in _declined)
