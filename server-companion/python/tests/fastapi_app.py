"""A FastAPI app with other middleware around its sessions, as its users have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import BackgroundTasks, Depends, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from sessionscope.starlette import observe

app = FastAPI()


class Counting(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Response:
        request.session["visits"] = request.session.get("visits", 0) + 1
        response: Response = await call_next(request)
        return response


app.add_middleware(Counting)
app.add_middleware(observe(SessionMiddleware, enabled=True), secret_key="of this test")
app.add_middleware(GZipMiddleware, minimum_size=10)
app.add_middleware(CORSMiddleware, allow_origins=["*"])


def user_of(request: Request) -> str:
    return str(request.session.get("user"))


@app.get("/")
async def home() -> dict[str, str]:
    return {"page": "home"}


@app.get("/write")
def write(request: Request, tasks: BackgroundTasks) -> dict[str, str]:
    request.session["user"] = "john"
    tasks.add_task(lambda: None)
    return {"written": "x" * 2_000}


@app.get("/read")
async def read(user: str = Depends(user_of)) -> dict[str, str]:
    return {"user": user}


@app.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a" * 100
        yield request.session.get("user", "nobody").encode()

    return StreamingResponse(pieces())


@app.websocket("/ws")
async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    websocket.session["user"] = "socket"
    await websocket.send_text("socket")
    await websocket.close()
