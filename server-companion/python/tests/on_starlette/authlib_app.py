"""A login by OAuth: Authlib keeps what it sent along in the session, and drops it when the browser comes back.

The provider is of the same app: what it answers is what RFC 6749 wants, and no more.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="of this test")
oauth = OAuth()


def client_of(request: Request) -> Any:
    base = str(request.base_url)
    return oauth.register(
        name="shop",
        overwrite=True,
        client_id="id",
        client_secret="of the client",
        authorize_url=f"{base}provider/authorize",
        access_token_url=f"{base}provider/token",
    )


@app.get("/")
async def home(request: Request) -> str:
    return str(request.session.get("user"))


@app.get("/login")
async def login(request: Request) -> Any:
    return await client_of(request).authorize_redirect(request, str(request.url_for("callback")))


@app.get("/callback")
async def callback(request: Request) -> str:
    token = await client_of(request).authorize_access_token(request)
    request.session["user"] = token["user"]
    return str(token["user"])


@app.get("/provider/authorize")
async def authorize(redirect_uri: str, state: str) -> RedirectResponse:
    return RedirectResponse(f"{redirect_uri}?{urlencode({'code': 'of the provider', 'state': state})}")


@app.post("/provider/token")
async def token() -> dict[str, str]:
    return {"access_token": "of the provider", "token_type": "bearer", "user": "john"}
