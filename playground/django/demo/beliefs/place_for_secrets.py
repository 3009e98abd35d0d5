"""A record is signed, not encrypted: who reads the store reads the data."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/beliefs/place-for-secrets/"
SAYS = "A session is a place for secrets."


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["password"] = "correct horse battery staple"
        request.session["card_number"] = "4111 1111 1111 1111"
        return HttpResponseRedirect(PATH)
    return render(request, "demo/place_for_secrets.html", {"says": SAYS, "held": sorted(request.session.items())})


def forget(request: HttpRequest) -> HttpResponse:
    request.session.pop("password", None)
    request.session.pop("card_number", None)
    return HttpResponseRedirect(PATH)


urlpatterns = [path("", show), path("forget", forget)]
