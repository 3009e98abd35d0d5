"""What the endpoint asks of one session interface of Quart's: Flask's answers, under Quart's name."""

from __future__ import annotations

from ..flask.library import FlaskLibrary


class QuartLibrary(FlaskLibrary):
    framework = "Quart"

    @property
    def name(self) -> str:
        return "quart"
