"""Versions of installed packages."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version


@lru_cache(maxsize=32)
def version_of(package: str) -> str:
    """Its version; empty where it is not installed as a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
