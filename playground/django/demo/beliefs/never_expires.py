"""Every session ends; where nothing says otherwise, after two weeks without a save."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/beliefs/never-expires/"
SAYS = "It never expires."

#: Two looks fit before and after.
AGE_S = 3


def show(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/never_expires.html", {"says": SAYS, "age": request.session.get_expiry_age()})


def begin(request: HttpRequest) -> HttpResponse:
    request.session["note"] = "remember me"
    request.session.set_expiry(AGE_S)
    return HttpResponse("done")


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse("it is there" if "note" in request.session else "it is gone")


urlpatterns = [path("", show), path("begin", begin), path("read", read)]
