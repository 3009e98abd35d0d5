"""An app of Flask's as its users write one, each page a way to use the session."""

from __future__ import annotations

import os
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template_string, session

from sessionscope.flask import observe

SECRET = "of this test"

pages = Blueprint("pages", __name__)


@pages.route("/")
def home() -> str:
    return "home"


@pages.route("/show")
def show() -> dict[str, Any]:
    return {key: str(value) for key, value in session.items()}


@pages.route("/read")
def read() -> str:
    return str(session.get("name")) + str("cart" in session)


@pages.route("/miss")
def miss() -> str:
    try:
        return str(session["nothing"])
    except KeyError as error:
        return repr(error)


@pages.route("/write")
def write() -> str:
    session["name"] = "john"
    session["cart"] = {"items": ["A-1"]}
    return "written"


@pages.route("/nest")
def nest() -> str:
    session["cart"]["items"].append("A-2")
    return "nested"


@pages.route("/nest-marked")
def nest_marked() -> str:
    session["cart"]["items"].append("A-2")
    session.modified = True
    return "nested"


@pages.route("/change")
def change() -> list[Any]:
    session.update({"a": 1, "b": 2}, c=3)
    session.setdefault("a", 9)
    session.setdefault("d", [])
    session.pop("b")
    session.pop("none", None)
    del session["c"]
    return [sorted(session), sorted(key for key, _ in session.items())]


@pages.route("/types")
def types() -> str:
    session["tuple"] = (1, 2)
    session["prices"] = {12: "a"}
    return "types"


@pages.route("/clear")
def clear() -> Response:
    session.clear()
    return redirect("/", 303)  # type: ignore[return-value]


@pages.route("/permanent")
def permanent() -> str:
    session["name"] = "john"
    session.permanent = True
    return "permanent"


@pages.route("/unfit")
def unfit() -> str:
    session["who"] = object()
    return "never seen"


@pages.route("/fail")
def fail() -> str:
    session["name"] = "kept"
    raise LookupError("planted")


@pages.route("/template")
def template() -> str:
    return render_template_string("{{ session.name }}")


@pages.route("/stream")
def stream() -> Response:
    held = session._get_current_object()  # type: ignore[attr-defined]
    held["name"] = "before"

    def pieces() -> Any:
        yield "one"
        held["late"] = True
        yield "two"

    return Response(pieces())


@pages.route("/own-cookie")
def own_cookie() -> Response:
    response = Response("own")
    response.set_cookie("session", "mine")
    return response


@pages.route("/regenerate")
def regenerate() -> str:
    from flask import current_app

    session["user"] = "john"
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    return "regenerated"


PAGES = [
    "/", "/show", "/read", "/miss", "/write", "/nest", "/nest-marked", "/change", "/types", "/permanent",
    "/stream", "/template", "/own-cookie", "/fail", "/clear",
]  # fmt: skip


def make_app(store: str = "", is_observed: bool = True, enabled: bool | None = True, **config: Any) -> Flask:
    """`store`: a type of Flask-Session's, or empty: Flask's own cookie."""
    made = Flask(__name__)
    made.secret_key = SECRET
    made.config.update(config)
    made.register_blueprint(pages)
    if store:
        from flask_session import Session

        made.config["SESSION_TYPE"] = store
        if store == "sqlalchemy":
            from flask_sqlalchemy import SQLAlchemy

            made.config["SESSION_SQLALCHEMY"] = SQLAlchemy(made)
        Session(made)
    if is_observed:
        made.session_interface = observe(made.session_interface, enabled=enabled, log=os.environ.get("SHARED_LOG"))
    return made


if os.environ.get("SERVE_FLASK_APP"):
    app = make_app()
