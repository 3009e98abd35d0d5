"""The setting `SESSIONSCOPE`: a dict, all of it optional."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from ..observe.activation import decided
from ..observe.options import Options, parse_options


def read_options() -> tuple[Options, list[str]]:
    """The options, and what is wrong with the setting; what is wrong keeps its default."""
    given = getattr(settings, "SESSIONSCOPE", None)
    if given is None:
        return Options(), []
    if not isinstance(given, dict):
        return Options(), ["SESSIONSCOPE must be a dict."]
    return parse_options(given)


def is_enabled(options: Options) -> bool:
    """Whether to observe: never without `DEBUG`; neither the option nor the environment switches it on."""
    return bool(settings.DEBUG) and options.enabled and decided(None) is not False


def project_root() -> str:
    """`BASE_DIR`, or the working directory: paths of sources are relative to it."""
    base = getattr(settings, "BASE_DIR", None)
    return str(Path(base or Path.cwd()).resolve())
