"""Sessions of Flask, and the bugs that their users meet: each page is one.

.venv/django52/bin/python playground/flask/main.py [port]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, redirect, render_template_string, session
from werkzeug.wrappers import Response as AnyResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "server-companion" / "python" / "src"))

from sessionscope.flask import observe

app = Flask(__name__)
app.secret_key = "of the playground"
app.session_interface = observe(app.session_interface)

PAGES = {
    "/login": "Log in: two keys are set, and the cookie is the record",
    "/cart/add": "Add to the cart by assigning the key again: saved",
    "/cart/append": "Append to the list in the cart: lost, for session.modified is not set",
    "/remember": "Make the session permanent: from here on each response sends the cookie",
    "/types": "A key that is a number: a text in the next request",
    "/late": "Change the session in a streamed body: too late",
    "/unfit": "Store an object: the serializer can't take it",
    "/logout": "Log out: the cookie is dropped, and a copy of it stays valid",
}

PAGE = """<!doctype html><meta charset="utf-8"><title>Flask</title>
<p>Hello {{ session.get('user', 'nobody') }}, {{ session.get('cart', [])|length }} in your cart.
<ul>{% for path, label in pages.items() %}<li><a href="{{ path }}">{{ label }}</a>{% endfor %}</ul>"""


@app.route("/")
def home() -> str:
    return render_template_string(PAGE, pages=PAGES)


@app.route("/login")
def login() -> AnyResponse:
    session["user"] = "john"
    session.setdefault("cart", [])
    return redirect("/", 303)


@app.route("/cart/add")
def add() -> AnyResponse:
    session["cart"] = [*session.get("cart", []), "A-1"]
    return redirect("/", 303)


@app.route("/cart/append")
def append() -> AnyResponse:
    session["cart"].append("A-2")
    return redirect("/", 303)


@app.route("/remember")
def remember() -> AnyResponse:
    session.permanent = True
    return redirect("/", 303)


@app.route("/types")
def types() -> AnyResponse:
    session["prices"] = {12: 4.5}
    return redirect("/", 303)


@app.route("/late")
def late() -> Response:
    held = session._get_current_object()  # type: ignore[attr-defined]
    held["user"] = "john"

    def pieces() -> Iterator[str]:
        yield "The head is on its way, "
        held["seen"] = True
        yield "and the session was changed after it."

    return Response(pieces(), mimetype="text/plain")


@app.route("/unfit")
def unfit() -> str:
    session["thing"] = object()
    return "never seen"


@app.route("/logout")
def logout() -> AnyResponse:
    session.clear()
    return redirect("/", 303)


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000, debug=True)
