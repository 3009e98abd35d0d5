"""Sessions of Starlette and FastAPI, and the bugs that their users meet: each page is one.

.venv/django52/bin/python playground/starlette/main.py [port]
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from starlette.middleware.sessions import SessionMiddleware

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "server-companion" / "python" / "src"))

from sessionscope.starlette import observe

app = FastAPI(debug=True)
app.add_middleware(observe(SessionMiddleware), secret_key="of the playground", max_age=3600)

PAGES = {
    "/login": "Log in: two keys are set, and the cookie is the record",
    "/cart/add": "Add to the cart by assigning the key again: saved",
    "/cart/append": "Append to the list in the cart: lost since Starlette 1.0",
    "/late": "Change the session in a streamed body: too late for the cookie",
    "/background": "Change the session in a background task: too late as well",
    "/fail": "An error that nothing handles: nothing is saved",
    "/unfit": "Store a set: JSON can't hold it",
    "/logout": "Log out: the cookie is dropped, and a copy of it stays valid",
}


def page(text: str) -> HTMLResponse:
    links = "".join(f'<li><a href="{path}">{label}</a>' for path, label in PAGES.items())
    return HTMLResponse(f'<!doctype html><meta charset="utf-8"><title>Starlette</title><p>{text}<ul>{links}</ul>')


@app.get("/")
async def home(request: Request) -> HTMLResponse:
    return page(f"Hello {request.session.get('user', 'nobody')}, {len(request.session.get('cart', []))} in your cart.")


@app.get("/login")
async def login(request: Request) -> RedirectResponse:
    request.session["user"] = "john"
    request.session.setdefault("cart", [])
    return RedirectResponse("/", 303)


@app.get("/cart/add")
async def add(request: Request) -> RedirectResponse:
    request.session["cart"] = [*request.session.get("cart", []), "A-1"]
    return RedirectResponse("/", 303)


@app.get("/cart/append")
async def append(request: Request) -> RedirectResponse:
    request.session["cart"].append("A-2")
    return RedirectResponse("/", 303)


@app.get("/late")
async def late(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "The head is on its way, "
        request.session["seen"] = True
        yield "and the session was changed after it."

    return StreamingResponse(pieces(), media_type="text/plain")


@app.get("/background")
async def background(request: Request, tasks: BackgroundTasks) -> HTMLResponse:
    tasks.add_task(request.session.update, {"from": "background"})
    return page("A task changes the session now.")


@app.get("/fail")
async def fail(request: Request) -> None:
    request.session["user"] = "never saved"
    raise LookupError("This page always fails.")


@app.get("/unfit")
async def unfit(request: Request) -> None:
    request.session["tags"] = {"a", "b"}


@app.get("/logout")
async def logout(request: Request) -> RedirectResponse:
    request.session.clear()
    return RedirectResponse("/", 303)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
