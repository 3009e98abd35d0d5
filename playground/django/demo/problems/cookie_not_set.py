"""Problem 2: SESSION_COOKIE_DOMAIN names another host. The session is saved and no browser takes the cookie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/problems/cookie-not-set/"
TITLE = "Cookie never set"
SYMPTOM = "each request starts a new session"

DOMAIN = "shop.example"


def show(request: HttpRequest) -> HttpResponse:
    request.session["visits_here"] = request.session.get("visits_here", 0) + 1
    return render(request, "demo/cookie_not_set.html", {"visits": request.session["visits_here"]})


urlpatterns = [path("", show)]
