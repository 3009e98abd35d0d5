from __future__ import annotations

from django.apps import AppConfig


class SessionscopeConfig(AppConfig):
    """Registers the system checks, and sees writes that other code makes to the session table."""

    name = "sessionscope.django"
    label = "sessionscope"
    verbose_name = "Sessionscope"

    def ready(self) -> None:
        from . import background, checks  # noqa: F401

        background.connect()
