"""A record is text: what JSON cannot say is refused, when the request ends."""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/beliefs/any-object/"
SAYS = "Any object can be stored."


@dataclass
class Customer:
    name: str


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["customer"] = Customer("Ann")
        return HttpResponseRedirect(PATH)
    return render(request, "demo/any_object.html", {"says": SAYS, "customer": request.session.get("customer")})


def plain(request: HttpRequest) -> HttpResponse:
    request.session["customer"] = asdict(Customer("Ann"))
    return HttpResponseRedirect(PATH)


urlpatterns = [path("", show), path("plain", plain)]
