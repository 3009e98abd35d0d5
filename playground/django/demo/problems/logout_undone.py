"""Problem 6: a slow request wants to save what a logout has deleted. Django refuses: SessionInterrupted."""

import time

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/problems/logout-undone/"
TITLE = "Saving after a logout"
SYMPTOM = "a 400 now and then, SessionInterrupted"


def show(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/logout_undone.html", {"username": request.session.get("username")})


def log_in(request: HttpRequest) -> HttpResponse:
    request.session["username"] = "john_doe"
    return HttpResponseRedirect(PATH)


def autosave(request: HttpRequest) -> HttpResponse:
    name = request.session.get("username", "nobody")
    time.sleep(0.8)
    request.session["draft"] = "half a sentence"
    return HttpResponse(f"saved for {name}")


def log_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse("logged out")


urlpatterns = [
    path("", show),
    path("login", log_in),
    path("autosave", autosave),
    path("logout", log_out),
]
