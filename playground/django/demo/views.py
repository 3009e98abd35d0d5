"""The everyday pages: set and get, login with a new key, a cart, a form in three steps, expiry, a slow request."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from .beliefs import BELIEFS
from .problems import PROBLEMS

GOODS = {"MUG-11": "Mug", "TEA-01": "Tea", "POT-03": "Pot"}
STEPS = ("name", "street", "town")

#: Long enough to see, short enough to wait for.
SHORT_AGE_S = 10


class SeeOther(HttpResponseRedirect):
    status_code = 303


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/index.html", {"beliefs": BELIEFS, "problems": PROBLEMS})


def set_session(request: HttpRequest) -> HttpResponse:
    request.session["username"] = "john_doe"
    request.session["is_logged_in"] = True
    return render(request, "demo/set_session.html")


def get_session(request: HttpRequest) -> HttpResponse:
    username = request.session.get("username", "Guest")
    is_logged_in = request.session.get("is_logged_in", False)
    return render(request, "demo/get_session.html", {"username": username, "is_logged_in": is_logged_in})


def log_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session.cycle_key()
        request.session["username"] = request.POST.get("username", "john_doe")[:40]
        request.session["is_logged_in"] = True
        return SeeOther("/login/")
    return render(request, "demo/login.html", {"username": request.session.get("username")})


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return SeeOther("/login/")


def cart(request: HttpRequest) -> HttpResponse:
    held = request.session.get("cart", {"items": []})
    return render(request, "demo/cart.html", {"items": held["items"], "goods": GOODS.items()})


def _find(held: dict[str, Any], sku: str | None) -> dict[str, Any] | None:
    return next((item for item in held["items"] if item["sku"] == sku), None)


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    sku = request.POST.get("sku", "")
    if sku not in GOODS:
        return HttpResponseBadRequest("No such item. Go back and choose one of the list.")
    held = request.session.setdefault("cart", {"currency": "EUR", "items": []})
    item = _find(held, sku)
    if item:
        item["qty"] += 1
    else:
        held["items"].append({"sku": sku, "name": GOODS[sku], "qty": 1})
    request.session.modified = True
    return SeeOther("/cart/")


@require_POST
def more_of_it(request: HttpRequest) -> HttpResponse:
    item = _find(request.session["cart"], request.POST.get("sku"))
    if item:
        item["qty"] += 1
    request.session.modified = True
    return SeeOther("/cart/")


@require_POST
def remove_from_cart(request: HttpRequest) -> HttpResponse:
    held = request.session["cart"]
    held["items"] = [item for item in held["items"] if item["sku"] != request.POST.get("sku")]
    request.session.modified = True
    return SeeOther("/cart/")


def form(request: HttpRequest) -> HttpResponse:
    """Each step is stored as a key of its own; the last one reads them all and drops them."""
    if request.method == "POST":
        for step in STEPS:
            if step in request.POST:
                request.session[f"form_{step}"] = request.POST[step][:80]
        if "again" in request.POST:
            for step in STEPS:
                request.session.pop(f"form_{step}", None)
        return SeeOther("/form/")
    given = {step: request.session.get(f"form_{step}") for step in STEPS}
    missing = next((step for step, value in given.items() if value is None), None)
    return render(request, "demo/form.html", {"given": given.items(), "missing": missing})


def expiry(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["visits"] = request.session.get("visits", 0) + 1
        request.session.set_expiry(SHORT_AGE_S)
        return SeeOther("/expiry/")
    return render(request, "demo/expiry.html", {"age": request.session.get_expiry_age()})


def slow(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["order"] = {"draft": True, "lines": 4}
        time.sleep(int(request.GET.get("ms", "3000")) / 1000)
        request.session["step"] = "confirmed"
        return SeeOther("/slow/")
    return render(request, "demo/slow.html")
