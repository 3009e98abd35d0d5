"""NiceGUI inside of a FastAPI app: `app.storage.browser` is the session, and NiceGUI adds the middleware itself."""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import app as nice
from nicegui import ui

app = FastAPI()


@ui.page("/")
def home() -> None:
    nice.storage.browser["visits"] = nice.storage.browser.get("visits", 0) + 1
    ui.label(f"visits: {nice.storage.browser['visits']}")


ui.run_with(app, storage_secret="of this test")
