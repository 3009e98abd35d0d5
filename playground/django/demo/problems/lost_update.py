"""Problem 1: two requests at once, each saves the whole session."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/problems/lost-update/"
TITLE = "Lost update"
SYMPTOM = "my cart lost an item"


def show(request: HttpRequest) -> HttpResponse:
    cart = request.session.setdefault("cart", {"items": [{"sku": "TEA-01", "name": "Tea", "qty": 1}]})
    return render(request, "demo/lost_update.html", {"count": len(cart["items"])})


def add_item(request: HttpRequest) -> HttpResponse:
    cart = request.session["cart"]
    time.sleep(0.5)
    cart["items"].append({"sku": "POT-03", "name": "Pot", "qty": 1})
    request.session["cart"] = cart
    return HttpResponse(f"cart has {len(cart['items'])}")


def add_coupon(request: HttpRequest) -> HttpResponse:
    count = len(request.session["cart"]["items"])
    time.sleep(1)
    request.session["coupon"] = "AUTUMN10"
    return HttpResponse(f"cart has {count}")


urlpatterns = [path("", show), path("items", add_item), path("coupon", add_coupon)]
