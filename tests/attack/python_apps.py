"""The app under attack on Starlette, on Flask and on Quart, each as its users write one; the cookie is the session.

`/write/<note>` writes into the session, `/login/<note>` begins another first, `/logout` ends it, `/` reads.
"""

from flask import Flask, session
from quart import Quart
from quart import session as quart_session
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import sessionscope.flask
import sessionscope.quart
import sessionscope.starlette

SECRET = "attacked"


async def write(request: Request) -> PlainTextResponse:
    request.session["note"] = request.path_params["note"]
    return PlainTextResponse("written")


async def login(request: Request) -> PlainTextResponse:
    request.session.clear()
    return await write(request)


async def logout(request: Request) -> PlainTextResponse:
    request.session.clear()
    return PlainTextResponse("logged out")


async def read(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.session.get("note")))


starlette = Starlette(
    debug=True,
    routes=[
        Route("/write/{note}", write),
        Route("/login/{note}", login),
        Route("/logout", logout),
        Route("/", read),
    ],
)
starlette.add_middleware(sessionscope.starlette.observe(SessionMiddleware, enabled=True), secret_key=SECRET)


flask = Flask(__name__)
flask.secret_key = SECRET
flask.session_interface = sessionscope.flask.observe(flask.session_interface, enabled=True)


@flask.route("/write/<note>")
def write_note(note: str) -> str:
    session["note"] = note
    return "written"


@flask.route("/login/<note>")
def login_note(note: str) -> str:
    session.clear()
    return write_note(note)


@flask.route("/logout")
def log_out() -> str:
    session.clear()
    return "logged out"


@flask.route("/")
def read_note() -> str:
    return str(session.get("note"))


quart = Quart(__name__)
quart.secret_key = SECRET
quart.session_interface = sessionscope.quart.observe(quart.session_interface, enabled=True)


@quart.route("/write/<note>")
async def write_on_quart(note: str) -> str:
    quart_session["note"] = note
    return "written"


@quart.route("/login/<note>")
async def login_on_quart(note: str) -> str:
    quart_session.clear()
    return await write_on_quart(note)


@quart.route("/logout")
async def logout_on_quart() -> str:
    quart_session.clear()
    return "logged out"


@quart.route("/")
async def read_on_quart() -> str:
    return str(quart_session.get("note"))
